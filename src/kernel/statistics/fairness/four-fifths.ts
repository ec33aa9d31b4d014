import { katzRatio, type RatioInterval } from '../bounds/katz-ratio.ts'
import { undefinedBecause } from '../quantity.ts'
import type { GroupRate } from './between-groups.ts'

/** Lowest selection rate over the highest, with one-sided Katz bounds at 0.05. */
export interface FourFifths extends RatioInterval {
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  readonly lowest: string
  readonly highest: string
}

const fourFifthsOf = 0.8
const alpha = 0.05
/** Expected selected, and not selected, of every group. */
const leastExpected = 10

/**
 * The four-fifths rule on selected (`x`) of all (`n`) per group: fail when the upper bound is below 0.8, pass when the
 * lower one is not, else inconclusive; ties to the group declared first. A count of 0 has ratio and lower bound 0, and
 * the upper bound of the counts with ½ added to all four. Undefined with fewer than two groups, when some group expects
 * fewer than 10 selected or not selected at the common rate, or when nobody is selected.
 */
export function fourFifths(groups: readonly GroupRate[]): FourFifths | { readonly undefined: string } {
  const [first, ...others] = groups
  if (first === undefined || others.length === 0) return undefinedBecause('fewer-than-two-groups')
  const selected = groups.reduce((sum, { x }) => sum + x, 0)
  const all = groups.reduce((sum, { n }) => sum + n, 0)
  const common = all === 0 ? 0 : selected / all
  if (groups.some(({ n }) => Math.min(n * common, n * (1 - common)) < leastExpected))
    return undefinedBecause('too-few')
  const rate = ({ x, n }: GroupRate) => x / n
  const highest = others.reduce((best, each) => (rate(each) > rate(best) ? each : best), first)
  const lowest = others.reduce((best, each) => (rate(each) < rate(best) ? each : best), first)
  const interval = boundsOf(lowest, highest)
  if ('undefined' in interval) return interval
  return {
    ...interval,
    verdict:
      interval.upper < fourFifthsOf ? 'fail' : interval.lower >= fourFifthsOf ? 'pass' : 'inconclusive',
    lowest: lowest.group,
    highest: highest.group,
  }
}

function boundsOf(lowest: GroupRate, highest: GroupRate): RatioInterval | { readonly undefined: string } {
  if (lowest.x > 0) return katzRatio(lowest, highest, alpha)
  const half = ({ x, n }: GroupRate) => ({ x: x + 0.5, n: n + 0.5 })
  const upper = katzRatio(half(lowest), half(highest), alpha)
  return 'undefined' in upper ? upper : { ratio: 0, lower: 0, upper: upper.upper }
}
