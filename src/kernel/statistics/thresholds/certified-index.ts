import { binomialCdf } from '../special/binomial.ts'
import { leastWhere } from './least-where.ts'

/** A rate that may be exceeded with probability at most `delta`. */
export interface RateLimit {
  readonly rate: number
  readonly delta: number
}

/** Which order statistic bounds the rate, counted from 1 in rising order. */
export type CertifiedIndex =
  | { readonly feasible: false; readonly leastN: number }
  | {
      readonly feasible: true
      readonly leastN: number
      /** The threshold is the k-th smallest score; n − k scores are above it. */
      readonly k: number
      /** P(rate above the k-th score > limit), and the same one score lower. */
      readonly violation: number
      readonly violationBelow: number
      /** The rule at delta / 20: a former threshold up to this score is not needlessly strict. n where that is infeasible. */
      readonly kKeep: number
    }

/** Fewer scores than this can certify nothing: ⌈ln δ / ln(1 − rate)⌉. */
export function leastForRate({ rate, delta }: RateLimit): number {
  const least = Math.max(1, Math.ceil(Math.log(delta) / Math.log1p(-rate)))
  // The quotient of two logarithms misses whole numbers by a rounding; the power itself decides there.
  if (least > 1 && (1 - rate) ** (least - 1) <= delta) return least - 1
  return (1 - rate) ** least > delta ? least + 1 : least
}

/**
 * The order statistic of n scores drawn alike that is above the (1 − rate)-quantile with probability ≥ 1 − δ:
 * v(k) = Σ_{j=k..n} C(n,j)(1−α)^j α^{n−j} = P(Bin(n, α) ≤ n − k), k the smallest with v(k) ≤ δ. Holds for any distribution
 * of scores; ties only make the rate smaller. Tong, Feng & Li 2018 (umbrella algorithm).
 */
export function certifiedIndex(n: number, limit: RateLimit): CertifiedIndex {
  const leastN = leastForRate(limit)
  if (n < leastN) return { feasible: false, leastN }
  const violationAt = (k: number) => binomialCdf(n - k, n, limit.rate)
  const indexAt = (delta: number) => leastWhere(1, n, k => violationAt(k) <= delta)
  const k = indexAt(limit.delta)
  return {
    feasible: true,
    leastN,
    k,
    violation: violationAt(k),
    violationBelow: violationAt(k - 1),
    kKeep: indexAt(limit.delta / 20),
  }
}

/** A threshold with the values between which a former one may stay. */
export interface CertifiedThreshold {
  readonly candidate: number
  /** A former threshold stays iff candidate ≤ former ≤ keepTo: still certified, and not needlessly strict. */
  readonly keepTo: number
  readonly index: CertifiedIndex & { readonly feasible: true }
}

/** The threshold that `rising` scores certify: act iff score > candidate. Undefined where they are too few. */
export function certifiedThreshold(
  rising: ArrayLike<number>,
  limit: RateLimit,
): CertifiedThreshold | undefined {
  const index = certifiedIndex(rising.length, limit)
  if (!index.feasible) return undefined
  const at = (k: number) => rising[k - 1] ?? Number.NaN
  return { candidate: at(index.k), keepTo: at(index.kKeep), index }
}
