import type { DeploymentData } from './model.ts'
import type { ThresholdRuleData, ThresholdTarget } from './release-terms.ts'

/** How sure a promise must be. */
export interface ConfidenceOptions {
  /** Probability that the promise holds, 0.5 to 1. Default 0.95. */
  readonly confidence?: number
}

/** A threshold that a rule chooses from rows, by segment if asked. */
export interface ThresholdOptions {
  /** Holds until the rule has chosen, and for a segment for which nothing can be promised. */
  readonly start: number
  readonly target: ThresholdTarget
  /** Column of the training set whose values are the segments. Absent: one threshold for all. */
  readonly per?: string
  /** Coarser columns from which a segment with few rows inherits, nearest first; all rows are behind the last. */
  readonly within?: readonly string[]
  /** Largest move per cycle, in calibrated score. Default 0.05. */
  readonly maxStep?: number
  /** Largest change of a segment's action rate per cycle. Default the larger of 20 % of it and 0.002. */
  readonly maxRateChange?: number
}

/**
 * Acts, under this name, iff the score is above the threshold: one number for all, or numbers that a rule chooses
 * whenever a release is made.
 */
export function threshold(
  name: string,
  above: number | ThresholdOptions,
): NonNullable<DeploymentData['action']> {
  if (typeof above === 'number') return Object.freeze({ name, threshold: above })
  const { start, within, ...rule } = above
  return Object.freeze({
    name,
    threshold: start,
    rule: Object.freeze<ThresholdRuleData>({
      ...rule,
      ...(within === undefined ? {} : { within: Object.freeze([...within]) }),
    }),
  })
}

function deltaOf({ confidence = 0.95 }: ConfidenceOptions = {}): number {
  // 1 − 0.95 as the decimal that is meant, not as the difference of two doubles.
  return Number((1 - confidence).toPrecision(12))
}

/** At most this share of negatives is acted on. */
export function targetFpr(rate: number, options?: ConfidenceOptions): ThresholdTarget {
  return Object.freeze({ kind: 'fpr', rate, delta: deltaOf(options) })
}

/** At least this share of those acted on are positives. */
export function targetPrecision(precision: number, options?: ConfidenceOptions): ThresholdTarget {
  return Object.freeze({ kind: 'precision', precision, delta: deltaOf(options) })
}

/** About this share of all rows is acted on; with `atMost` no more than it. Needs no labels. */
export function targetActionRate(
  rate: number,
  options: ConfidenceOptions & { readonly atMost?: boolean } = {},
): ThresholdTarget {
  return Object.freeze({ kind: 'actionRate', rate, atMost: options.atMost ?? false, delta: deltaOf(options) })
}

/** At most so many actions a day, in each segment, on days of the 95 % that are not the busiest. Needs no labels. */
export function dailyCapacity(perDay: number, options?: ConfidenceOptions): ThresholdTarget {
  return Object.freeze({ kind: 'capacity', perDay, delta: deltaOf(options) })
}

/** The least cost of wrong and missed actions; moves only where it is surely cheaper than before. */
export function lowestCost(costs: {
  readonly falsePositive: number
  readonly falseNegative: number
}): ThresholdTarget {
  return Object.freeze({ kind: 'cost', ...costs })
}
