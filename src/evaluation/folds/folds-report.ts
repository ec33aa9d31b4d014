import type { Interval, Quantity } from '../../kernel/statistics/index.ts'
import type { MetricName } from '../metrics/metric-table.ts'
import type { MaybeInterval } from '../report.ts'

/** The main metric by calendar period, and whether it moves. */
export interface FoldsReport {
  readonly by: 'week' | 'month'
  readonly metric: MetricName
  /** In order of time; periods without rows are left out. */
  readonly folds: readonly {
    /** First instant of the period (RFC 3339, UTC). */
    readonly from: string
    readonly rows: number
    readonly matured: number
    readonly value: Quantity
    readonly interval: MaybeInterval
  }[]
  /** Change per period by weighted least squares over the folds that have an interval, 95 %. */
  readonly trend: { readonly slope: number; readonly interval: Interval } | { readonly undefined: string }
}
