import type { Interval } from '../auc-interval.ts'
import type { Confusion } from '../confusion.ts'
import { isDefined, type Quantity } from '../quantity.ts'
import { wilson } from '../wilson.ts'
import {
  type BetweenGroups,
  type BetweenOptions,
  betweenGroups,
  type GroupRate,
  groupRate,
} from './between-groups.ts'

export const fairMetrics = ['selection_rate', 'tpr', 'fpr', 'accuracy', 'precision'] as const
export type FairMetric = (typeof fairMetrics)[number]

/** What a rate is over, and why it has no value over nothing. */
interface RateOf {
  readonly empty: string
  readonly of: (table: Confusion) => { readonly x: number; readonly n: number }
}

const rateOf: Readonly<Record<FairMetric, RateOf>> = {
  selection_rate: { empty: 'no-rows', of: ({ tp, fp, fn, tn }) => ({ x: tp + fp, n: tp + fp + fn + tn }) },
  tpr: { empty: 'no-positives', of: ({ tp, fn }) => ({ x: tp, n: tp + fn }) },
  fpr: { empty: 'no-negatives', of: ({ fp, tn }) => ({ x: fp, n: fp + tn }) },
  accuracy: { empty: 'no-rows', of: ({ tp, fp, fn, tn }) => ({ x: tp + tn, n: tp + fp + fn + tn }) },
  precision: { empty: 'no-predicted-positives', of: ({ tp, fp }) => ({ x: tp, n: tp + fp }) },
}

/** A rate with its Wilson interval, 95 % two-sided, for display. */
export interface ShownRate {
  readonly value: Quantity
  readonly interval: Interval | null
  readonly n: number
}

const displayAlpha = 0.025

/** `x` of `n` as shown for a group; undefined over nothing (`empty`) or fewer than `minDenominator`. */
export function shownRate(
  rate: { readonly x: number; readonly n: number },
  options: BetweenOptions,
): ShownRate {
  const value = groupRate({ group: '', ...rate }, options)
  const interval = isDefined(value) ? (wilson(rate.x, rate.n, displayAlpha) as Interval) : null
  return { value, interval, n: rate.n }
}

/** Counts of a metric per group, as `betweenGroups` compares them. */
export function metricRates(
  groups: Readonly<Record<string, Confusion>>,
  metric: FairMetric,
): { readonly rates: readonly GroupRate[]; readonly empty: string } {
  const { of, empty } = rateOf[metric]
  return { rates: Object.entries(groups).map(([group, table]) => ({ group, ...of(table) })), empty }
}

/** The larger of the differences in true-positive and false-positive rate; undefined where one of them is. */
export function equalizedOdds(tpr: Quantity, fpr: Quantity): Quantity {
  if (!isDefined(tpr)) return tpr
  return isDefined(fpr) ? Math.max(tpr, fpr) : fpr
}

export interface FairnessTable {
  readonly byGroup: Readonly<Record<string, Readonly<Record<FairMetric, ShownRate>>>>
  readonly between: Readonly<Record<FairMetric, BetweenGroups>>
  readonly equalizedOddsDifference: Quantity
}

/** Rates per group with Wilson intervals, and how each differs between groups, with its verdict for the limit. */
export function fairnessTable(
  groups: Readonly<Record<string, Confusion>>,
  options: Omit<BetweenOptions, 'empty'>,
): FairnessTable {
  const byMetric = <Value>(compute: (metric: FairMetric) => Value) =>
    Object.fromEntries(fairMetrics.map(metric => [metric, compute(metric)])) as Record<FairMetric, Value>
  const between = byMetric(metric => {
    const { rates, empty } = metricRates(groups, metric)
    return betweenGroups(rates, { ...options, empty })
  })
  return {
    byGroup: Object.fromEntries(
      Object.entries(groups).map(([group, table]) => [
        group,
        byMetric(metric => shownRate(rateOf[metric].of(table), { ...options, empty: rateOf[metric].empty })),
      ]),
    ),
    between,
    equalizedOddsDifference: equalizedOdds(between.tpr.difference, between.fpr.difference),
  }
}
