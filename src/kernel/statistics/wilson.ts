import type { Interval } from './auc-interval.ts'
import { checkAlpha, checkProportion } from './checks.ts'
import { normalQuantile } from './normal.ts'
import { undefinedBecause } from './quantity.ts'

/**
 * Wilson score interval of a proportion x / n (Newcombe 1998, method 3); `alpha` is one-sided per bound.
 * (x + z²/2 ∓ z·√(x(n − x)/n + z²/4)) / (n + z²). Exactly 0 at x = 0 and 1 at x = n. Undefined without rows; throws
 * INVALID_COUNTS unless 0 ≤ x ≤ n, ALPHA_OUT_OF_RANGE unless 0 < alpha < ½.
 */
export function wilson(x: number, n: number, alpha: number): Interval | { readonly undefined: string } {
  checkProportion(x, n)
  checkAlpha(alpha)
  return n === 0 ? undefinedBecause('no-rows') : wilsonAt(x, n, -normalQuantile(alpha))
}

/** Wilson's interval by its normal deviate z ≥ 0; n > 0. */
export function wilsonAt(x: number, n: number, z: number): Interval {
  const margin = z * Math.sqrt((x * (n - x)) / n + (z * z) / 4)
  const centre = x + (z * z) / 2
  return {
    lower: x === 0 ? 0 : (centre - margin) / (n + z * z),
    upper: x === n ? 1 : (centre + margin) / (n + z * z),
  }
}
