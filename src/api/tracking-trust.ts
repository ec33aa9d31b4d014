import { z } from 'zod'
import { page, timestamp } from './common.ts'
import type { Route } from './routes.ts'

const fileFault = z.object({ path: z.string(), kind: z.enum(['altered', 'missing', 'unsigned']) })
const verification = z.object({
  state: z.enum(['signed', 'unsigned', 'altered']),
  /** Id of the key; null where no signature holds. */
  key: z.string().nullable(),
  at: timestamp.nullable(),
  by: z.string().nullable(),
  problem: z.string().nullable(),
  files: z.array(fileFault),
})

const cardRow = z.object({
  name: z.string(),
  value: z.string().nullable(),
  /** Why there is no value. */
  missing: z.string().nullable(),
  /** Who wrote it; null for what comes from facts. */
  writtenBy: z.string().nullable(),
})
const modelCard = z.object({
  schema: z.literal(1),
  model: z.string(),
  version: z.number(),
  digest: z.string(),
  /** null until the version is released. */
  frozenAt: timestamp.nullable(),
  sections: z.array(
    z.object({
      key: z.string(),
      title: z.string(),
      rows: z.array(cardRow),
      table: z.object({ head: z.array(z.string()), rows: z.array(z.array(z.string())) }).nullable(),
    }),
  ),
})

const aliasCheck = z.enum(['signature', 'signed-files', 'evaluation'])
const aliasRule = z.object({
  alias: z.string(),
  requesters: z.array(z.string()),
  checks: z.array(aliasCheck),
  approvals: z.number().int(),
})
const aliasRequest = z.object({
  id: z.string(),
  model: z.string(),
  alias: z.string(),
  version: z.number().nullable(),
  before: z.number().nullable(),
  reason: z.string(),
  requestedBy: z.string(),
  requestedAt: timestamp,
  expiresAt: timestamp,
  needed: z.number(),
  state: z.enum(['requested', 'approved', 'declined', 'withdrawn', 'expired', 'void']),
  decisions: z.array(
    z.object({
      by: z.string(),
      at: timestamp,
      verdict: z.enum(['approve', 'decline']),
      reason: z.string(),
      seconds: z.number().nullable(),
    }),
  ),
  closedBecause: z.string().nullable(),
})

const reason = z.string().max(2_000).optional()
const version = '/registry/models/:name/versions/:version'

export const trustRoutes = {
  versionSignature: {
    method: 'GET',
    path: `${version}/signature`,
    permission: 'read',
    summary: 'Whether the files of a version are those that were signed, and by whom',
    query: z.object({ bytes: z.enum(['true', 'false']).optional() }),
    response: verification,
  },
  signVersion: {
    method: 'POST',
    path: `${version}/signature`,
    permission: 'write',
    summary: 'Sign the files of a version with the key of the project',
    body: z.object({}),
    response: verification,
  },
  signatureBundle: {
    method: 'GET',
    path: `${version}/signature/bundle`,
    permission: 'read',
    summary: 'The signature (OpenSSF Model Signing) or provenance (SLSA) as a sigstore bundle, and the key',
    query: z.object({ kind: z.enum(['signature', 'provenance']).optional() }),
    response: z.object({ bundle: z.string(), publicKey: z.string() }),
  },
  modelCard: {
    method: 'GET',
    path: `${version}/card`,
    permission: 'read',
    summary: 'What is known of a version, for people who were not there when it was made',
    response: modelCard,
  },
  modelCardText: {
    method: 'GET',
    path: `${version}/card/:format`,
    permission: 'read',
    summary: 'The model card as text: md or html',
    response: z.object({ text: z.string() }),
  },
  writeModelCard: {
    method: 'PUT',
    path: `${version}/card/fields/:field`,
    permission: 'write',
    summary: 'Write a field of the card by hand, until the version is released',
    body: z.object({ text: z.string() }),
    response: modelCard,
  },
  aliasRules: {
    method: 'GET',
    path: '/registry/models/:name/alias-rules',
    permission: 'read',
    summary: 'Protected aliases of a model, and what moves them',
    response: z.object({ items: z.array(aliasRule) }),
  },
  protectAlias: {
    method: 'PUT',
    path: '/registry/models/:name/alias-rules/:alias',
    permission: 'write',
    summary: 'Protect an alias: it then moves by requests that others agree to',
    body: aliasRule.omit({ alias: true }),
    response: z.object({ items: z.array(aliasRule) }),
  },
  unprotectAlias: {
    method: 'DELETE',
    path: '/registry/models/:name/alias-rules/:alias',
    permission: 'write',
    summary: 'Take the protection of an alias away',
    response: z.object({}),
  },
  aliasRequests: {
    method: 'GET',
    path: '/registry/alias-requests',
    permission: 'read',
    summary: 'Requests to move protected aliases, newest first',
    query: z.object({
      cursor: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).optional(),
      model: z.string().optional(),
    }),
    response: page(aliasRequest),
  },
  aliasRequest: {
    method: 'GET',
    path: '/registry/alias-requests/:id',
    permission: 'read',
    summary: 'One request to move a protected alias',
    response: aliasRequest,
  },
  requestAlias: {
    method: 'POST',
    path: '/registry/models/:name/alias-requests',
    permission: 'write',
    summary: 'Ask for a protected alias to be moved',
    body: z.object({ alias: z.string(), version: z.number().int().nullable(), reason }),
    response: aliasRequest,
  },
  decideAliasRequest: {
    method: 'POST',
    path: '/registry/alias-requests/:id/decision',
    permission: 'write',
    summary: 'Agree to a request of somebody else, or decline it',
    body: z.object({
      verdict: z.enum(['approve', 'decline']),
      reason,
      /** Between seeing it and deciding. */
      seconds: z.number().min(0).optional(),
    }),
    response: aliasRequest,
  },
  withdrawAliasRequest: {
    method: 'POST',
    path: '/registry/alias-requests/:id/withdrawal',
    permission: 'write',
    summary: 'Withdraw a request of one’s own',
    body: z.object({ reason }),
    response: aliasRequest,
  },
} as const satisfies Record<string, Route>

export type Verification = z.infer<typeof verification>
export type ModelCard = z.infer<typeof modelCard>
export type AliasRule = z.infer<typeof aliasRule>
export type AliasRequest = z.infer<typeof aliasRequest>
