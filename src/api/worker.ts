import { z } from 'zod'
import { json } from './common.ts'
import { errorClass } from './pipelines.ts'

/** The protocol between workers and the control plane, under /api/v1/worker. Every call but `claim` proves its attempt by a token. */
const attemptRef = z.object({
  run: z.string().max(100),
  step: z.string().max(100),
  attempt: z.number().int().positive(),
  token: z.number().int().positive(),
})

/** Milliseconds a call may be held open. */
const waitMs = z.number().int().min(0).max(20_000)

const artifact = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), hash: z.string(), bytes: z.number() }),
  z.object({
    kind: z.literal('directory'),
    hash: z.string(),
    bytes: z.number(),
    files: z.array(z.object({ path: z.string(), hash: z.string(), bytes: z.number() })).max(100_000),
  }),
  z.object({ kind: z.literal('json'), hash: z.string(), bytes: z.number(), value: json }),
])

const progressUpdate = z.object({
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string().max(100),
  message: z.string().max(2_000),
})

const stepError = z.object({
  code: z.string().max(100),
  message: z.string().max(20_000),
  hint: z.string().max(20_000),
  details: z.record(z.string(), z.unknown()),
})

export const claimRequest = z.object({
  worker: z.string().min(1).max(200),
  waitMs,
  instance: z.string().min(1).max(100).optional(),
})
export const beginRequest = attemptRef.extend({ instance: z.string().min(1).max(100) })
export const heartbeatRequest = attemptRef.extend({
  progress: progressUpdate.optional(),
  waitMs: waitMs.optional(),
})
export const publishRequest = attemptRef.extend({ outputs: z.record(z.string(), artifact) })
export const failRequest = attemptRef.extend({
  outcome: z.enum(['failed', 'timed_out', 'cancelled', 'lost', 'released']),
  errorClass: errorClass.nullable(),
  error: stepError.nullable(),
})
