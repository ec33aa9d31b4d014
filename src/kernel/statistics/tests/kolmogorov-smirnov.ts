import { type Quantity, undefinedBecause } from '../quantity.ts'
import { sortPresent } from '../sort-present.ts'
import { kolmogorovSf } from '../special/kolmogorov.ts'

interface SampleSizes {
  readonly n: number
  readonly m: number
}

/** Paths are counted up to so many rows on either side. */
const mostExact = 10_000

/**
 * Two-sample Kolmogorov-Smirnov test, two-sided. `exact` counts lattice paths (ties make it conservative) where both
 * sides have at most 10 000 rows, else and in `stephens` p is Q((√N + 0.12 + 0.11/√N)·D), N = nm/(n+m) (Stephens 1970). NaN rows are missing and left
 * out. Undefined without rows on a side.
 */
export function kolmogorovSmirnov(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  variant: 'exact' | 'stephens' = 'exact',
): { readonly d: number; readonly p_value: number } | { readonly undefined: string } {
  const [one, other] = [sortPresent(reference), sortPresent(current)]
  const [n, m] = [one.length, other.length]
  if (n === 0 || m === 0) return undefinedBecause('no-rows')
  const steps = distance(one, other)
  const d = steps / (n * m)
  return { d, p_value: ksTail({ n, m }, d, variant) }
}

/** P(D ≥ d) for samples of n and m rows from one distribution. */
export function ksTail({ n, m }: SampleSizes, d: number, variant: 'exact' | 'stephens'): number {
  if (variant === 'exact' && Math.max(n, m) <= mostExact)
    return exactTail({ n, m, steps: Math.round(d * n * m) })
  const root = Math.sqrt((n * m) / (n + m))
  return kolmogorovSf((root + 0.12 + 0.11 / root) * d)
}

/** The statistic alone. */
export function ksDistance(reference: ArrayLike<number>, current: ArrayLike<number>): Quantity {
  const [one, other] = [sortPresent(reference), sortPresent(current)]
  if (one.length === 0 || other.length === 0) return undefinedBecause('no-rows')
  return distance(one, other) / (one.length * other.length)
}

/** max |i·m − j·n| over the ends of tie groups, where i and j rows of each side are at or below a value. */
function distance(one: Float64Array, other: Float64Array): number {
  const [n, m] = [one.length, other.length]
  let [i, j, greatest] = [0, 0, 0]
  while (i < n && j < m) {
    const value = Math.min(one[i] ?? 0, other[j] ?? 0)
    while (i < n && one[i] === value) i++
    while (j < m && other[j] === value) j++
    greatest = Math.max(greatest, Math.abs(i * m - j * n))
  }
  return greatest
}

/**
 * Share of the lattice paths from (0, 0) to (n, m) that reach a distance of `steps`: for each point the share of the
 * paths to it that have, as a tail (Hodges 1957). Points outside are 1, so a row is only worked on between the bounds.
 */
function exactTail({ n, m, steps }: SampleSizes & { readonly steps: number }): number {
  if (steps === 0) return 1
  const tail = new Float64Array(m + 1).fill(1)
  for (let i = 0; i <= n; i++) {
    const first = Math.max(0, Math.floor((i * m - steps) / n) + 1)
    const last = Math.min(m, Math.ceil((i * m + steps) / n) - 1)
    // The rows before left a share there; in this row the point is outside.
    if (first > 0) tail[first - 1] = 1
    for (let j = first; j <= last; j++) {
      if (i + j === 0) tail[0] = 0
      else tail[j] = ((tail[j] ?? 0) * i + (j > 0 ? (tail[j - 1] ?? 0) : 0) * j) / (i + j)
    }
  }
  return tail[m] ?? 1
}
