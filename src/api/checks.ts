import { z } from 'zod'
import { json, page, timestamp } from './common.ts'
import type { Route } from './routes.ts'

/** `source:flights`, `featureView:origin_delays`, `trainingSet:late_flights`. */
const checkedTable = z.string().regex(/^(source|featureView|trainingSet):[a-z][a-z0-9_-]{0,62}$/)

/** What the checks of one table came to; `report` holds every result with its counts. */
const checkReport = z.object({
  table: checkedTable,
  pipelineRun: z.string().nullable(),
  at: timestamp,
  report: json,
})

export const checkRoutes = {
  recordCheckReport: {
    method: 'POST',
    path: '/check-reports',
    permission: 'worker',
    summary: 'What the data checks of a table came to',
    body: checkReport,
    response: z.object({}),
  },
  checkReports: {
    method: 'GET',
    path: '/check-reports',
    permission: 'read',
    summary: 'Reports of the data checks of a table, newest first',
    query: z.object({ table: checkedTable, limit: z.coerce.number().int().min(1).max(500).optional() }),
    response: page(checkReport),
  },
} as const satisfies Record<string, Route>

export type CheckReportFact = z.infer<typeof checkReport>

/** What a report says, as far as it is shown. */
export interface CheckReportView {
  readonly table: string
  readonly at: string
  readonly rows: number
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  readonly results: readonly {
    readonly name: string
    readonly severity: string
    readonly state: 'pass' | 'warn' | 'fail' | 'error' | 'not_evaluated'
    /** The outcome in words. */
    readonly found: string
    readonly sql?: string
    readonly samples?: {
      readonly columns: readonly string[]
      readonly rows: readonly (readonly (string | null)[])[]
    }
  }[]
  readonly quarantine: { readonly rows: number; readonly of: number; readonly path: string | null } | null
}
