import { binomialCdf, binomialSf } from '../special/binomial.ts'
import { leastForRate } from './certified-index.ts'
import { leastWhere } from './least-where.ts'

/** Order statistics around the (1 − rate)-quantile, counted from 1 in rising order. */
export interface QuantileIndex {
  /** Acting above the k-th smallest of n scores acts on a share of `rate` of them, or the next smaller. */
  readonly k: number
  /** Two-sided interval of the quantile at 1 − α; 0 and n + 1 are unbounded. */
  readonly lower: number
  readonly upper: number
}

/**
 * k = ⌈n(1 − q) − 10⁻⁹⌉; with B ~ Bin(n, 1 − q), l is the largest with P(B ≤ l − 1) ≤ α/2 and u the smallest with
 * P(B ≥ u) ≤ α/2 (order-statistic interval of a quantile, David & Nagaraja 2003 §7.1).
 */
export function quantileIndex(n: number, rate: number, alpha: number): QuantileIndex {
  const half = alpha / 2
  return {
    k: Math.max(1, Math.ceil(n * (1 - rate) - 1e-9)),
    lower: leastWhere(1, n + 1, l => binomialSf(n - l + 1, n, rate) > half) - 1,
    upper: leastWhere(1, n + 1, u => binomialCdf(n - u, n, rate) <= half),
  }
}

/** Fewer scores than this leave an end of the interval open. */
export function leastForQuantile(rate: number, alpha: number): number {
  const delta = alpha / 2
  return Math.max(leastForRate({ rate, delta }), leastForRate({ rate: 1 - rate, delta }))
}
