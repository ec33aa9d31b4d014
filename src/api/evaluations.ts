import { z } from 'zod'
import { json, page, timestamp } from './common.ts'
import type { Route } from './routes.ts'

const keptEvaluation = z.object({
  /** sha256:<hex> of the object that holds the reports. */
  hash: z.string(),
  /** Rows it was made on, in words, with their content hash and how many they are. */
  on: z.string(),
  rowSet: z.string(),
  rows: z.number().int(),
  /** What it was compared with. */
  against: z.string().nullable(),
  /** What its contracts came to; null where there were none. */
  verdict: z.enum(['pass', 'fail', 'inconclusive']).nullable(),
  at: timestamp,
  by: z.string(),
})

/** As `fettle evaluate --out report.json` writes them. */
const reports = z.object({
  report: z.looseObject({
    schema: z.literal(2),
    split: z.string().max(500),
    rowSet: z.string().max(100),
    coverage: z.looseObject({ rows: z.number().int() }),
  }),
  comparison: json.optional(),
  contracts: z.looseObject({ verdict: z.enum(['pass', 'fail', 'inconclusive']) }).optional(),
  fairness: json.optional(),
  importance: json.optional(),
})

const path = '/models/:name/versions/:version/evaluations'

export const evaluationRoutes = {
  keepEvaluation: {
    method: 'POST',
    path,
    permission: 'write',
    summary: 'Keep an evaluation with a version, wherever it was trained; the same again is the one there is',
    body: reports,
    response: keptEvaluation,
  },
  evaluations: {
    method: 'GET',
    path,
    permission: 'read',
    summary: 'Evaluations kept with a version, newest first',
    response: page(keptEvaluation),
  },
  evaluation: {
    method: 'GET',
    path: '/models/:name/versions/:version/evaluations/:hash',
    permission: 'read',
    summary: 'One of them with its reports',
    response: keptEvaluation.extend({
      report: json,
      comparison: json.nullable(),
      contracts: json.nullable(),
      fairness: json.nullable(),
      importance: json.nullable(),
    }),
  },
} as const satisfies Record<string, Route>
