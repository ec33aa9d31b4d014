import { intervalZ } from '../metrics/estimate.ts'
import type { FoldsReport } from './folds-report.ts'

export type Period = FoldsReport['by']

const dayMicros = 86_400_000_000
/** Monday, 1 January 1970 was a Thursday. */
const firstMonday = 4 * dayMicros

/** First instant of the UTC calendar week (from Monday) or month an instant lies in, in microseconds. */
export function periodStart(time: number, by: Period): number {
  if (by === 'week') return firstMonday + Math.floor((time - firstMonday) / (7 * dayMicros)) * 7 * dayMicros
  const date = new Date(Math.floor(time / 1000))
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth()) * 1000
}

/** Rows by calendar period, in order of time; rows without a time are in none. */
export function periodsOf(
  times: Float64Array,
  by: Period,
): { readonly from: number; readonly rows: Int32Array }[] {
  const starts = new Map<number, number[]>()
  times.forEach((time, row) => {
    if (Number.isNaN(time)) return
    const start = periodStart(time, by)
    const rows = starts.get(start)
    if (rows) rows.push(row)
    else starts.set(start, [row])
  })
  return [...starts].sort(([a], [b]) => a - b).map(([from, rows]) => ({ from, rows: Int32Array.from(rows) }))
}

/**
 * Slope of values over 0, 1, 2 … by least squares weighted with 1/variance; its interval takes those variances as known.
 * `too-few` with fewer than three points.
 */
export function trendOf(
  points: readonly { readonly at: number; readonly value: number; readonly variance: number }[],
): FoldsReport['trend'] {
  const usable = points.filter(point => point.variance > 0)
  if (usable.length < 3) return { undefined: 'too-few' }
  const total = usable.reduce((sum, point) => sum + 1 / point.variance, 0)
  const mean = (value: (point: (typeof usable)[number]) => number) =>
    usable.reduce((sum, point) => sum + value(point) / point.variance, 0) / total
  const [x, y] = [mean(point => point.at), mean(point => point.value)]
  const spread = total * mean(point => (point.at - x) ** 2)
  const slope = (total * mean(point => (point.at - x) * (point.value - y))) / spread
  const margin = intervalZ / Math.sqrt(spread)
  return { slope, interval: { lower: slope - margin, upper: slope + margin } }
}
