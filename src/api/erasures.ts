import { z } from 'zod'
import { page, timestamp } from './common.ts'
import type { Route } from './routes.ts'

const place = z.object({
  store: z.string(),
  act: z.enum(['deleted', 'rewritten']),
  found: z.number().int(),
  /** What a read after the act found; null before it. */
  left: z.number().int().nullable(),
})

/** What is printed, handed over and checked: signed by the project, without the key itself. */
export const erasureReceipt = z.object({
  schema: z.literal(1),
  receipt: z.string(),
  project: z.string(),
  entity: z.string(),
  subject: z.string(),
  basis: z.literal('request'),
  requested: timestamp,
  effective: timestamp,
  /** Null while anything is open. */
  completed: timestamp.nullable(),
  by: z.array(z.string()),
  stores: z.array(place),
  datasets: z.array(z.object({ id: z.string(), name: z.string(), rows: z.number().int() })),
  models: z.array(z.object({ version: z.string(), trainingSet: z.string() })),
  outside: z.array(z.object({ source: z.string(), where: z.string(), statement: z.string() })),
  open: z.array(z.object({ what: z.string(), why: z.string() })),
  audit: z.object({ seq: z.number().int(), hash: z.string() }),
  signature: z.string(),
})

export const erasure = z.object({
  id: z.string(),
  entity: z.string(),
  token: z.string(),
  state: z.enum(['running', 'done']),
  reason: z.string(),
  principal: z.string(),
  requestedAt: timestamp,
  /** From when on nothing answers for the key. */
  effectiveAt: timestamp.nullable(),
  places: z.array(place),
  /** What kept the last try from ending; it is tried again. */
  problem: z.string().nullable(),
  receipt: erasureReceipt.nullable(),
})

const subject = z.object({
  entity: z.string().max(128),
  /** Text of each key component, in the order of the entity's key. */
  key: z.array(z.string().max(4096)).min(1).max(32),
})

export const erasureRoutes = {
  resolveErasure: {
    method: 'POST',
    path: '/erasures/resolve',
    permission: 'read',
    summary: 'What there is of a key, place by place; changes nothing',
    body: subject,
    response: z.object({
      entity: z.string(),
      token: z.string(),
      places: z.array(z.object({ store: z.string(), found: z.number().int() })),
      /** The erasure of this key, if there was one. */
      erasure: z.string().nullable(),
    }),
  },
  requestErasure: {
    method: 'POST',
    path: '/erasures',
    permission: 'apply',
    summary: 'Erase a key everywhere; asked again, the same erasure is given',
    body: subject.extend({ reason: z.string().max(2000) }),
    response: erasure,
  },
  erasures: {
    method: 'GET',
    path: '/erasures',
    permission: 'read',
    summary: 'Erasures, newest first',
    response: page(erasure),
  },
  erasure: {
    method: 'GET',
    path: '/erasures/:id',
    permission: 'read',
    summary: 'One erasure with its receipt',
    response: erasure,
  },
  verifyErasure: {
    method: 'POST',
    path: '/erasures/verify',
    permission: 'read',
    summary: 'Whether a receipt is one of this project, unchanged',
    body: erasureReceipt,
    response: z.object({ ok: z.boolean(), faults: z.array(z.string()) }),
  },
} as const satisfies Record<string, Route>

export type ErasureView = z.infer<typeof erasure>
export type ErasureReceiptView = z.infer<typeof erasureReceipt>
