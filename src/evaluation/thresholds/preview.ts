import {
  clopperPearson,
  isDefined,
  type Quantity,
  ratio,
  undefinedBecause,
} from '../../kernel/statistics/index.ts'
import type { EffectPreview } from '../reports/thresholds.ts'
import type { JudgedRows } from '../rows.ts'
import type { Segments } from './segments.ts'

/** What serves and what would, row by row. */
export interface Effect {
  readonly before: Uint8Array
  readonly after: Uint8Array
}

/** Counts of one segment on the judging half. */
export interface EffectCounts {
  rows: number
  actedBefore: number
  actedAfter: number
  newlyActed: number
  noLonger: number
  tp: number
  fp: number
  positives: number
  negatives: number
  /** Rows of both halves: what traffic is told from. */
  traffic: number
}

export function noCounts(): EffectCounts {
  return {
    rows: 0,
    actedBefore: 0,
    actedAfter: 0,
    newlyActed: 0,
    noLonger: 0,
    tp: 0,
    fp: 0,
    positives: 0,
    negatives: 0,
    traffic: 0,
  }
}

/** Per segment, and last of all for rows without one. */
export function countEffect(
  { labels }: Pick<JudgedRows, 'labels'>,
  { before, after }: Effect,
  { segments, choose, judge }: { segments: Segments; choose: Int32Array; judge: Int32Array },
): EffectCounts[] {
  const counts = Array.from({ length: segments.names.length + 1 }, noCounts)
  const of = (row: number) => {
    const code = segments.codes[row] ?? -1
    return counts[code < 0 ? counts.length - 1 : code] as EffectCounts
  }
  for (const row of choose) of(row).traffic++
  for (const row of judge) {
    const count = of(row)
    const now = after[row] ?? 0
    const then = before[row] ?? 0
    const label = labels[row]
    count.traffic++
    count.rows++
    count.actedBefore += then
    count.actedAfter += now
    if (now > then) count.newlyActed++
    if (now < then) count.noLonger++
    if (label === 1) {
      count.positives++
      count.tp += now
    } else if (label === 0) {
      count.negatives++
      count.fp += now
    }
  }
  return counts
}

export function addCounts(into: EffectCounts, more: EffectCounts): void {
  for (const name of Object.keys(into) as (keyof EffectCounts)[]) into[name] += more[name]
}

/** One-sided, of the upper bound of flips. */
const flipAlpha = 0.05

/** Rates, and flips a week: the share of judged rows that flip times the rows a week, with its Clopper-Pearson upper bound. */
export function previewOf(counts: EffectCounts, weeks: Quantity): EffectPreview {
  const { rows, tp, fp, positives, negatives, newlyActed, noLonger } = counts
  const flips = newlyActed + noLonger
  const weekly = (share: Quantity): Quantity => {
    if (!isDefined(weeks)) return weeks
    return isDefined(share) ? (share * counts.traffic) / weeks : share
  }
  const bound = clopperPearson(flips, rows, flipAlpha)
  return {
    actionRate: {
      before: ratio(counts.actedBefore, rows, 'no-rows'),
      after: ratio(counts.actedAfter, rows, 'no-rows'),
    },
    realised: {
      fpr: ratio(fp, negatives, 'no-negatives'),
      recall: ratio(tp, positives, 'no-positives'),
      precision: ratio(tp, tp + fp, 'no-predicted-positives'),
    },
    flips: {
      newlyActed,
      noLonger,
      perWeek: weekly(ratio(flips, rows, 'no-rows')),
      perWeekUpper: weekly('upper' in bound ? bound.upper : bound),
    },
  }
}

const weekMicros = 7 * 86_400e6

/** First and last instant of the rows, and how many weeks they span. */
export function spanOf(
  { times }: Pick<JudgedRows, 'times'>,
  halves: readonly Int32Array[],
): { readonly from: number; readonly to: number; readonly weeks: Quantity } {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const half of halves) {
    for (const row of half) {
      const time = times?.[row] ?? Number.NaN
      if (time < from) from = time
      if (time > to) to = time
    }
  }
  return { from, to, weeks: to > from ? (to - from) / weekMicros : undefinedBecause('no-times') }
}
