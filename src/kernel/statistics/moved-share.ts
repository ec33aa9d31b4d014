import { chiSquareTail, erf } from './incomplete-gamma.ts'
import { type Quantity, undefinedBecause } from './quantity.ts'

/** Standard normal quantile of 0.99. */
const z99 = 2.3263478740408408

/**
 * Total variation between two lists of counts over the same bins, with its 99 % lower bound (monitoring.md §3.2): bias
 * taken off, 0 where Pearson's χ² has p > 0.01. Undefined below max(500, 25 × bins in use) on either side.
 */
export function movedShare(
  reference: readonly number[],
  current: readonly number[],
): Quantity | { readonly tv: number; readonly lower: number } {
  const n = reference.reduce((sum, each) => sum + each, 0)
  const m = current.reduce((sum, each) => sum + each, 0)
  const used = reference.filter(each => each > 0).length
  if (Math.min(n, m) < Math.max(500, 25 * used)) return undefinedBecause('too-few-rows')
  let [moved, bias, a, e, chi, bins] = [0, 0, 0, 0, 0, 0]
  for (const [index, r] of reference.entries()) {
    const c = current[index] ?? 0
    if (r + c === 0) continue
    const [p, q] = [r / n, c / m]
    const d = q - p
    moved += Math.abs(d) / 2
    bias += binBias(d, (p * (1 - p)) / n + (q * (1 - q)) / m) / 2
    a += d >= 0 ? r : -r
    e += d >= 0 ? c : -c
    const share = (r + c) / (n + m)
    chi += (r - share * n) ** 2 / (share * n) + (c - share * m) ** 2 / (share * m)
    bins++
  }
  if (bins < 2 || chiSquareTail(chi, bins - 1) > 0.01) return { tv: moved, lower: 0 }
  const variance = ((n * n - a * a) / n ** 3 + (m * m - e * e) / m ** 3) / 4
  return { tv: moved, lower: Math.max(0, 2 * moved - bias - z99 * Math.sqrt(variance)) }
}

/** Expected |d| of a bin that differs by chance alone. */
function binBias(d: number, v: number): number {
  const size = Math.abs(d)
  if (v === 0) return size
  return size * erf(size / Math.sqrt(2 * v)) + Math.sqrt((2 * v) / Math.PI) * Math.exp((-d * d) / (2 * v))
}
