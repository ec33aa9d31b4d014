import { z } from 'zod'
import type { Route } from './routes.ts'

const facts = z.record(z.string(), z.string())
/** Milliseconds since 1970, as the servers imported from keep them. */
const ms = z.number().int()
/** null is NaN. */
const metricValue = z.number().nullable()

const dataset = z.object({
  name: z.string(),
  digest: z.string(),
  sourceType: z.string(),
  source: z.string(),
  schema: z.string().nullable(),
  profile: z.string().nullable(),
  tags: facts,
})

const version = z.object({
  version: z.number().int().min(1),
  createdMs: ms,
  updatedMs: ms,
  description: z.string(),
  source: z.string(),
  run: z.string().nullable(),
  loggedModel: z.string().nullable(),
  runLink: z.string().nullable(),
  status: z.enum(['pending', 'failed', 'ready']),
  stage: z.string(),
  tags: facts,
})

/** Experiments before their runs, runs before logged models, those before links, all before registered models. */
const importItem = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('experiment'),
    id: z.string(),
    name: z.string(),
    createdMs: ms.nullable(),
    updatedMs: ms.nullable(),
    tags: facts,
  }),
  z.object({
    kind: z.literal('run'),
    id: z.string(),
    experiment: z.string(),
    name: z.string(),
    user: z.string(),
    status: z.enum(['scheduled', 'running', 'finished', 'failed', 'killed']),
    startedMs: ms.nullable(),
    endedMs: ms.nullable(),
    tags: facts,
    params: facts,
    datasets: z.array(dataset),
  }),
  z.object({
    kind: z.literal('points'),
    run: z.string(),
    points: z.array(z.tuple([z.string(), z.number().int(), ms, metricValue])),
  }),
  z.object({
    kind: z.literal('loggedModel'),
    id: z.string(),
    experiment: z.string(),
    name: z.string(),
    modelType: z.string(),
    sourceRun: z.string().nullable(),
    status: z.enum(['pending', 'ready', 'upload_failed']),
    createdMs: ms,
    updatedMs: ms,
    params: facts,
    tags: facts,
    metrics: z.array(
      z.object({
        key: z.string(),
        value: metricValue,
        step: z.number().int(),
        ms,
        run: z.string(),
        datasetName: z.string().nullable(),
        datasetDigest: z.string().nullable(),
      }),
    ),
  }),
  z.object({
    kind: z.literal('links'),
    run: z.string(),
    inputs: z.array(z.string()),
    outputs: z.array(z.object({ modelId: z.string(), step: z.number().int() })),
  }),
  z.object({
    kind: z.literal('model'),
    name: z.string(),
    description: z.string(),
    createdMs: ms,
    updatedMs: ms,
    tags: facts,
    aliases: z.record(z.string(), z.number().int()),
    versions: z.array(version),
    from: z.string(),
  }),
  z.object({ kind: z.literal('removeRun'), id: z.string() }),
  z.object({ kind: z.literal('removeLoggedModel'), id: z.string() }),
  z.object({ kind: z.literal('removeExperiment'), id: z.string() }),
])

export const importRoutes = {
  importTracking: {
    method: 'POST',
    path: '/tracking/import',
    permission: 'apply',
    summary:
      'Take over what another tracking server recorded, with its ids and times; items may be sent again',
    body: z.object({ items: z.array(importItem).max(1_000) }),
    response: z.object({
      /** One per item, in order. */
      results: z.array(
        z.object({
          /** Experiment id here. */
          id: z.string().optional(),
          /** What was left out, with why; the rest of the item is written. */
          refused: z.array(z.string()),
        }),
      ),
    }),
  },
} as const satisfies Record<string, Route>

export type ImportItem = z.infer<typeof importItem>
export type ImportResult = z.infer<typeof importRoutes.importTracking.response>['results'][number]
