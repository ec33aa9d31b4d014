import { betaI, betaSf } from './incomplete-beta.ts'

/** P(X ≥ k) for X ~ Bin(n, p), as a tail: I_p(k, n − k + 1). */
export function binomialSf(k: number, n: number, p: number): number {
  if (k <= 0) return 1
  return k > n ? 0 : betaI(p, k, n - k + 1)
}

/** P(X ≤ k) for X ~ Bin(n, p), as a tail: 1 − I_p(k + 1, n − k). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0
  return k >= n ? 1 : betaSf(p, k + 1, n - k)
}
