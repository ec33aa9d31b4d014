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

/** One step of a rolling origin: what may be learned from, and what is judged. */
export interface Fold {
  /** First instant of the judged period, in microseconds. */
  readonly from: number
  /** Rows known before the gap, ascending. */
  readonly train: Int32Array
  readonly judge: Int32Array
}

export interface RollingOrigin {
  readonly by: Period
  /** Time left out before each period, so that labels of training rows had matured by then; microseconds, default 0. */
  readonly gap?: number
  /** Periods before the first that is judged; default 1. */
  readonly least?: number
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
 * Folds by rolling origin: each period is judged by what lies a gap before it (Tashman 2000). Rows without a time are in no
 * fold; periods without rows give none.
 */
export function rollingOrigin(times: Float64Array, { by, gap = 0, least = 1 }: RollingOrigin): Fold[] {
  const all = Int32Array.from(times, (_, row) => row)
  return periodsOf(times, by)
    .slice(least)
    .map(({ from, rows }) => ({
      from,
      train: all.filter(row => (times[row] ?? Number.NaN) < from - gap),
      judge: rows,
    }))
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
