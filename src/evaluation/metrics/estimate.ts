import {
  type Interval,
  isDefined,
  normalQuantile,
  type Quantity,
  wilson,
} from '../../kernel/statistics/index.ts'
import type { MaybeInterval } from '../report.ts'
import { type MetricName, metricTable } from './metric-table.ts'

/** One-sided: a two-sided 95 % interval. */
export const intervalAlpha = 0.025
/** Of a two-sided 95 % interval. */
export const intervalZ = normalQuantile(1 - intervalAlpha)

/** A metric on some rows before its interval is made. */
export interface Estimate {
  readonly value: Quantity
  /** Rows (queries, for ranking) in the denominator. */
  readonly n: number
  /** Of the value; clustered where entities repeat. null where only the interval itself is known, or independent rows make a rate's. */
  readonly variance: number | null
  /** Where the method gives the interval directly. */
  readonly interval?: MaybeInterval
}

export type Estimates = Partial<Readonly<Record<MetricName, Estimate>>>

/** The 95 % interval of a metric by the method of its table, or the reason why it has none. */
export function intervalOf(metric: MetricName, estimate: Estimate): MaybeInterval {
  const { value, n } = estimate
  if (!isDefined(value)) return value
  if (estimate.interval) return estimate.interval
  const { interval, range } = metricTable[metric]
  switch (interval) {
    case 'wilson':
      return wilsonOf(value, n, designEffectOf(value, estimate))
    case 'fisher-z':
      return fisher(value, n)
    case 'delta-logit':
      return withSpread(estimate, sd => logit(value, sd))
    default:
      return withSpread(estimate, sd => clip(value - intervalZ * sd, value + intervalZ * sd, range))
  }
}

/** max(1, clustered variance / p(1 − p)/n); 1 where the rows are independent or do not vary (releases.md §4.1). */
export function designEffectOf(rate: number, { n, variance }: Estimate): number {
  const independent = (rate * (1 - rate)) / n
  return variance === null || !(independent > 0) ? 1 : Math.max(1, variance / independent)
}

function wilsonOf(rate: number, n: number, designEffect: number): MaybeInterval {
  const effective = n / designEffect
  return wilson(Math.min(effective, rate * effective), effective, intervalAlpha)
}

/** Less than this share of the value is rounding, not spread. */
const roundingShare = 1e-7

function withSpread({ value, variance, n }: Estimate, interval: (sd: number) => Interval): MaybeInterval {
  if (n < 2 || variance === null || Number.isNaN(variance)) return { undefined: 'too-few' }
  const sd = Math.sqrt(variance)
  return isDefined(value) && sd > roundingShare * Math.abs(value) ? interval(sd) : { undefined: 'no-spread' }
}

function clip(lower: number, upper: number, [least, most]: readonly [number, number]): Interval {
  return { lower: Math.max(least, lower), upper: Math.min(most, upper) }
}

function logit(value: number, sd: number): MaybeInterval & Interval {
  if (value <= 0 || value >= 1) return clip(value - intervalZ * sd, value + intervalZ * sd, [0, 1])
  const centre = Math.log(value / (1 - value))
  const margin = (intervalZ * sd) / (value * (1 - value))
  return { lower: 1 / (1 + Math.exp(margin - centre)), upper: 1 / (1 + Math.exp(-centre - margin)) }
}

function fisher(value: number, n: number): MaybeInterval {
  if (n < 4) return { undefined: 'too-few' }
  if (1 - Math.abs(value) < roundingShare) return { undefined: 'no-spread' }
  const margin = intervalZ * Math.sqrt((1 + (value * value) / 2) / (n - 3))
  const centre = Math.atanh(value)
  return { lower: Math.tanh(centre - margin), upper: Math.tanh(centre + margin) }
}
