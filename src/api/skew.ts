import { z } from 'zod'
import { json, timestamp } from './common.ts'

const quantity = z.union([z.number(), z.object({ undefined: z.string() })])
const numbers = {
  requests: z.number(),
  equal: z.number(),
  rounding: z.number(),
  lag: z.number(),
  status_mismatch: z.number(),
  missing: z.number(),
  extra: z.number(),
  mismatch: z.number(),
  /** Share of requests whose answer has no explanation. */
  mismatchRate: quantity,
  /** Σ|a−b| / Σ(|a|+|b|). */
  smape: quantity,
  lists: z.object({ lengthDifference: z.number(), editDistance: z.number() }).nullable(),
}
const answer = { value: json, status: z.string() }
const worst = z.object({
  /** Prediction id. */
  id: z.string(),
  class: z.string(),
  asOf: timestamp,
  request: z.record(z.string(), json),
  logged: z.object({ ...answer, eventTime: timestamp.nullable() }),
  replayed: z.object({ ...answer, view: z.string().nullable() }),
})

/** What served features and their replay offline have in common. */
const skewReport = z.object({
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** Rows that were replayed. */
  requests: z.number(),
  minRequests: z.number(),
  from: timestamp.nullable(),
  to: timestamp.nullable(),
  features: z.array(
    z.object({
      feature: z.string(),
      view: z.string().nullable(),
      ...numbers,
      days: z.array(z.object({ day: z.string(), ...numbers })),
      worst: z.array(worst),
    }),
  ),
  warnings: z.array(z.string()),
})

/** A report as the step that made it tells it. */
export const skewFact = z.object({
  deployment: z.string(),
  /** Number of the release whose answers were replayed; null: nothing was logged. */
  release: z.number().nullable(),
  pipelineRun: z.string().nullable(),
  at: timestamp,
  report: skewReport,
})

export const skewRoutes = {
  recordSkewReport: {
    method: 'POST',
    path: '/skew',
    permission: 'worker',
    summary: 'What a replay of served features came to',
    body: skewFact,
    response: z.object({}),
  },
  skewReport: {
    method: 'GET',
    path: '/skew/:deployment',
    permission: 'read',
    summary: 'The newest comparison of served features with their replay',
    response: skewFact,
  },
} as const

export type SkewFact = z.infer<typeof skewFact>
