import type { Interval } from '../auc-interval.ts'
import { newcombeDifference } from '../newcombe.ts'
import { isDefined, type Quantity, undefinedBecause } from '../quantity.ts'

/** A rate of one group: `x` of `n`. */
export interface GroupRate {
  readonly group: string
  readonly x: number
  readonly n: number
}

export interface BetweenOptions {
  /** Largest difference between any two groups that is still fair, ≥ 0; absent: there is no verdict. */
  readonly limit?: number | undefined
  /** One-sided per bound; default 0.05. */
  readonly alpha?: number | undefined
  /** A rate over fewer is undefined; default 30. */
  readonly minDenominator?: number | undefined
  /** Why a rate over nothing has no value: `no-positives`, `no-rows`, … */
  readonly empty?: string | undefined
}

/** How a rate differs between groups (monitoring.md §8). */
export interface BetweenGroups {
  /** Highest − lowest, over the groups whose rate is defined. */
  readonly difference: Quantity
  /** Lowest / highest. */
  readonly ratio: Quantity
  /** Newcombe, of the difference. */
  readonly interval: Interval | null
  readonly highest: string | null
  readonly lowest: string | null
  /** null without a limit. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | null
  /** Why it is inconclusive. */
  readonly reason: 'fewer-than-two-groups' | 'undefined-groups' | 'too-few' | null
  /** Pairs of groups that were compared: a failure is held against α / pairs. */
  readonly pairs: number
  readonly undefinedGroups: number
}

export const defaultMinDenominator = 30

/** The rate of a group, or why it has none. */
export function groupRate({ x, n }: GroupRate, { minDenominator, empty }: BetweenOptions): Quantity {
  if (n === 0) return undefinedBecause(empty ?? 'no-rows')
  return n < (minDenominator ?? defaultMinDenominator) ? undefinedBecause('too-few') : x / n
}

/**
 * Difference and ratio of the highest and the lowest rate, ties to the group declared first, and the verdict for a limit
 * m: fail iff some pair has L > m or U < −m at α / pairs; pass iff every group is defined and every pair has −m ≤ L and
 * U ≤ m at α; else inconclusive. Bounds by Newcombe's method 10. The group `(other)` may be undefined.
 */
export function betweenGroups(groups: readonly GroupRate[], options: BetweenOptions): BetweenGroups {
  const defined = groups.filter(group => isDefined(groupRate(group, options)))
  const undefinedGroups = groups.filter(
    group => group.group !== residual && !isDefined(groupRate(group, options)),
  ).length
  const [first, ...others] = defined
  if (first === undefined || others.length === 0) return incomparable(undefinedGroups, options)
  const rate = ({ x, n }: GroupRate) => x / n
  const highest = others.reduce((best, each) => (rate(each) > rate(best) ? each : best), first)
  const lowest = others.reduce((best, each) => (rate(each) < rate(best) ? each : best), first)
  return {
    difference: rate(highest) - rate(lowest),
    ratio: rate(highest) === 0 ? undefinedBecause('highest-is-zero') : rate(lowest) / rate(highest),
    interval: boundsOf(highest, lowest, options.alpha ?? defaultAlpha),
    highest: highest.group,
    lowest: lowest.group,
    ...judge(defined, undefinedGroups, options),
    pairs: (defined.length * (defined.length - 1)) / 2,
    undefinedGroups,
  }
}

const defaultAlpha = 0.05
/** Values beyond the largest: compared where they have the rows, in nobody's way where they have not. */
const residual = '(other)'

function incomparable(undefinedGroups: number, { limit }: BetweenOptions): BetweenGroups {
  const none = undefinedBecause('fewer-than-two-groups')
  return {
    difference: none,
    ratio: none,
    interval: null,
    highest: null,
    lowest: null,
    verdict: limit === undefined ? null : 'inconclusive',
    reason: limit === undefined ? null : 'fewer-than-two-groups',
    pairs: 0,
    undefinedGroups,
  }
}

function judge(
  groups: readonly GroupRate[],
  undefinedGroups: number,
  { limit, alpha = defaultAlpha }: BetweenOptions,
): Pick<BetweenGroups, 'verdict' | 'reason'> {
  if (limit === undefined) return { verdict: null, reason: null }
  const pairs = pairsOf(groups)
  const outside = (pair: Pair) => {
    const { lower, upper } = boundsOf(...pair, alpha / pairs.length)
    return lower > limit || upper < -limit
  }
  if (pairs.some(outside)) return { verdict: 'fail', reason: null }
  if (undefinedGroups > 0) return { verdict: 'inconclusive', reason: 'undefined-groups' }
  const inside = (pair: Pair) => {
    const { lower, upper } = boundsOf(...pair, alpha)
    return lower >= -limit && upper <= limit
  }
  return pairs.every(inside)
    ? { verdict: 'pass', reason: null }
    : { verdict: 'inconclusive', reason: 'too-few' }
}

type Pair = readonly [GroupRate, GroupRate]

function pairsOf(groups: readonly GroupRate[]): Pair[] {
  return groups.flatMap((first, index) => groups.slice(index + 1).map((second): Pair => [first, second]))
}

/** Both have rows. */
function boundsOf(first: GroupRate, second: GroupRate, alpha: number): Interval {
  return newcombeDifference(first, second, alpha) as Interval
}
