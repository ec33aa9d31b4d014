import type { Interval } from './auc-interval.ts'
import { checkAlpha, checkProportion } from './checks.ts'
import { normalQuantile } from './normal.ts'
import { undefinedBecause } from './quantity.ts'
import { wilsonAt } from './wilson.ts'

/** A proportion: `x` of `n`. */
export interface Proportion {
  readonly x: number
  readonly n: number
}

/**
 * Interval of the difference x1/n1 − x2/n2 (Newcombe 1998, method 10: square-and-add of Wilson's bounds); `alpha` is
 * one-sided per bound. Undefined without rows on either side; throws INVALID_COUNTS and ALPHA_OUT_OF_RANGE.
 */
export function newcombeDifference(
  first: Proportion,
  second: Proportion,
  alpha: number,
): Interval | { readonly undefined: string } {
  checkProportion(first.x, first.n)
  checkProportion(second.x, second.n)
  checkAlpha(alpha)
  if (first.n === 0 || second.n === 0) return undefinedBecause('no-rows')
  return newcombeAt(first, second, -normalQuantile(alpha))
}

/** The interval by its normal deviate z ≥ 0; rows on both sides. */
export function newcombeAt(first: Proportion, second: Proportion, z: number): Interval {
  const [one, two] = [wilsonAt(first.x, first.n, z), wilsonAt(second.x, second.n, z)]
  const [p, q] = [first.x / first.n, second.x / second.n]
  return {
    lower: p - q - Math.hypot(p - one.lower, two.upper - q),
    upper: p - q + Math.hypot(one.upper - p, q - two.lower),
  }
}
