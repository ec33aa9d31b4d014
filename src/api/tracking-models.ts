import { z } from 'zod'
import { page, timestamp } from './common.ts'
import type { Route } from './routes.ts'
import { artifactEntry, signatureField } from './tracking.ts'

const cursor = { cursor: z.string().optional(), limit: z.coerce.number().int().min(1).max(500).optional() }
const texts = z.record(z.string(), z.string())
const aliasEvent = z.object({
  alias: z.string(),
  version: z.number().nullable(),
  at: timestamp,
  by: z.string(),
  reason: z.string(),
})

const modelRecord = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['model', 'prompt']),
  description: z.string(),
  createdAt: timestamp,
  updatedAt: timestamp,
  tags: texts,
  aliases: z.record(z.string(), z.number()),
})

const versionRecord = z.object({
  model: z.string(),
  version: z.number(),
  createdAt: timestamp,
  updatedAt: timestamp,
  description: z.string(),
  source: z.string().nullable(),
  location: z.string(),
  run: z.string().nullable(),
  loggedModel: z.string().nullable(),
  runLink: z.string().nullable(),
  status: z.enum(['pending', 'failed', 'ready']),
  /** MLflow's label; it decides nothing. */
  stage: z.enum(['None', 'Staging', 'Production', 'Archived']),
  tags: texts,
  aliases: z.array(z.string()),
  files: z.array(artifactEntry.extend({ executesCode: z.boolean() })),
  signature: z.object({ inputs: z.array(signatureField), outputs: z.array(signatureField) }).nullable(),
  /** Why there is no signature although the files may describe one. */
  signatureGap: z.string().nullable(),
  format: z.string(),
  /** What it lacks to be released. */
  lacked: z.array(z.string()),
  digest: z.string(),
})

export const modelRoutes = {
  modelRecords: {
    method: 'GET',
    path: '/registry/models',
    permission: 'read',
    summary: 'Registered models, or prompts, by name',
    query: z.object({
      ...cursor,
      filter: z.string().optional(),
      kind: z.enum(['model', 'prompt']).optional(),
    }),
    response: page(modelRecord),
  },
  modelRecord: {
    method: 'GET',
    path: '/registry/models/:name',
    permission: 'read',
    summary: 'One registered model with the whole history of its aliases',
    response: modelRecord.extend({ aliasHistory: z.array(aliasEvent) }),
  },
  versionRecords: {
    method: 'GET',
    path: '/registry/models/:name/versions',
    permission: 'read',
    summary: 'Versions of a model, newest first',
    query: z.object(cursor),
    response: page(versionRecord),
  },
  aliasAt: {
    method: 'GET',
    path: '/registry/models/:name/aliases/:alias',
    permission: 'read',
    summary: 'The version an alias pointed to at an instant',
    query: z.object({ at: timestamp }),
    response: z.object({ version: z.number().nullable() }),
  },
  versionDependents: {
    method: 'GET',
    path: '/registry/models/:name/versions/:version/dependents',
    permission: 'read',
    summary: 'What refers to a version: releases, deployments, rollouts, holds, versions made from it',
    response: z.object({ items: z.array(z.object({ kind: z.string(), name: z.string() })) }),
  },
  runVersions: {
    method: 'GET',
    path: '/tracking/runs/:id/versions',
    permission: 'read',
    summary: 'Versions of registered models that a run made',
    response: z.object({ items: z.array(z.object({ model: z.string(), version: z.number() })) }),
  },
  removeVersion: {
    method: 'DELETE',
    path: '/registry/models/:name/versions/:version',
    permission: 'write',
    summary: 'Delete a version that nothing refers to',
    response: z.object({}),
  },
} as const satisfies Record<string, Route>

export type ModelRecord = z.infer<typeof modelRecord>
export type VersionRecord = z.infer<typeof versionRecord>
export type AliasEvent = z.infer<typeof aliasEvent>
