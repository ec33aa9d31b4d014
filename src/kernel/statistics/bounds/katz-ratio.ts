import { checkAlpha, checkProportion } from '../checks.ts'
import type { Proportion } from '../newcombe.ts'
import { normalQuantile } from '../normal.ts'
import { undefinedBecause } from '../quantity.ts'

/** Ratio of two rates with one-sided bounds. */
export interface RatioInterval {
  readonly ratio: number
  readonly lower: number
  readonly upper: number
}

/**
 * Log interval of the ratio (x1/n1)/(x2/n2) (Katz et al. 1978): ratio · exp(∓z √(1/x1 − 1/n1 + 1/x2 − 1/n2)). Undefined
 * without rows or where a count is 0.
 */
export function katzRatio(
  first: Proportion,
  second: Proportion,
  alpha: number,
): RatioInterval | { readonly undefined: string } {
  checkProportion(first.x, first.n)
  checkProportion(second.x, second.n)
  checkAlpha(alpha)
  if (first.n === 0 || second.n === 0) return undefinedBecause('no-rows')
  if (first.x === 0 || second.x === 0) return undefinedBecause('zero-count')
  const ratio = first.x / first.n / (second.x / second.n)
  const variance = 1 / first.x - 1 / first.n + 1 / second.x - 1 / second.n
  const reach = -normalQuantile(alpha) * Math.sqrt(Math.max(0, variance))
  return { ratio, lower: ratio * Math.exp(-reach), upper: ratio * Math.exp(reach) }
}
