import { checkWholeCounts } from '../checks.ts'
import { binomialCdf, binomialSf } from '../special/binomial.ts'
import { logGamma } from '../special/log-gamma.ts'

/** Exact McNemar 1947 on the pairs that differ. */
export interface McNemar {
  /** P(Bin(b + c, ½) ≥ b): small when only the new one acts more often. */
  readonly newMore: number
  /** P(Bin(b + c, ½) ≥ c). */
  readonly oldMore: number
  /** min(1, 2 · P(Bin ≥ max(b, c))). */
  readonly twoSided: number
  /** The two-sided p less the probability of the observed table; 1 − that probability when b = c. */
  readonly mid: number
}

/** `b` pairs where only the new one acts, `c` where only the old one does: whole counts, else INVALID_COUNTS. */
export function mcnemar(b: number, c: number): McNemar {
  checkWholeCounts(b, c)
  const n = b + c
  const newMore = binomialSf(b, n, 0.5)
  const oldMore = binomialSf(c, n, 0.5)
  const twoSided = Math.min(1, 2 * Math.min(newMore, oldMore))
  const observed = Math.exp(logGamma(n + 1) - logGamma(b + 1) - logGamma(c + 1) - n * Math.LN2)
  return {
    newMore,
    oldMore,
    twoSided,
    mid: b === c ? 1 - observed : 2 * binomialCdf(Math.min(b, c), n, 0.5) - observed,
  }
}
