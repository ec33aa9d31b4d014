import type { Interval } from './auc-interval.ts'
import { wilson } from './wilson.ts'

/** A proportion: `x` of `n`. */
export interface Proportion {
  readonly x: number
  readonly n: number
}

/**
 * Interval of the difference x1/n1 − x2/n2 (Newcombe 1998, method 10: square-and-add of Wilson's bounds); `alpha` is
 * one-sided per bound. Undefined without rows on either side.
 */
export function newcombeDifference(
  first: Proportion,
  second: Proportion,
  alpha: number,
): Interval | { readonly undefined: string } {
  const [one, two] = [wilson(first.x, first.n, alpha), wilson(second.x, second.n, alpha)]
  if ('undefined' in one) return one
  if ('undefined' in two) return two
  const [p, q] = [first.x / first.n, second.x / second.n]
  return {
    lower: p - q - Math.hypot(p - one.lower, two.upper - q),
    upper: p - q + Math.hypot(one.upper - p, q - two.lower),
  }
}
