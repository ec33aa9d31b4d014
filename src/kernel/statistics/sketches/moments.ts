import { type Quantity, undefinedBecause } from '../quantity.ts'

/**
 * Mergeable state of the moments of n numbers. The sum is kept in two doubles (`sum` + `rest`), so that the mean does
 * not depend on how rows are split; `m2` is the sum of squared deviations from the mean.
 */
export interface Moments {
  readonly n: number
  readonly sum: number
  readonly rest: number
  readonly m2: number
  readonly min: number
  readonly max: number
}

export const noMoments: Moments = { n: 0, sum: 0, rest: 0, m2: 0, min: Infinity, max: -Infinity }

/** Moments of numbers without NaN (missing rows are counted elsewhere), in two passes. */
export function momentsOf(values: ArrayLike<number>): Moments {
  const n = values.length
  if (n === 0) return noMoments
  let [sum, rest, min, max] = [0, 0, Infinity, -Infinity]
  for (let index = 0; index < n; index++) {
    const value = values[index] ?? 0
    const next = sum + value
    const part = next - sum
    rest += sum - (next - part) + (value - part)
    sum = next
    if (value < min) min = value
    if (value > max) max = value
  }
  const mean = (sum + rest) / n
  let [squares, deviations] = [0, 0]
  for (let index = 0; index < n; index++) {
    const deviation = (values[index] ?? 0) - mean
    squares += deviation * deviation
    deviations += deviation
  }
  // What the rounding of the mean left over comes off again.
  const m2 = squares - (deviations * deviations) / n
  return { n, sum, rest, m2, min: min + 0, max: max + 0 }
}

/** Moments of both together: pairwise update of Chan, Golub & LeVeque 1983. */
export function mergeMoments(one: Moments, other: Moments): Moments {
  if (one.n === 0) return other
  if (other.n === 0) return one
  const n = one.n + other.n
  const sum = one.sum + other.sum
  const part = sum - one.sum
  const lost = one.sum - (sum - part) + (other.sum - part)
  const apart = meanDifference(one, other)
  return {
    n,
    sum,
    rest: one.rest + other.rest + lost,
    m2: one.m2 + other.m2 + apart * apart * ((one.n * other.n) / n),
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
  }
}

/** Difference of the means; exact products, because the sums of large numbers would cancel. */
function meanDifference(one: Moments, other: Moments): number {
  const [a, b] = [other.sum * one.n, one.sum * other.n]
  const difference = a - b
  const part = difference - a
  const lost = a - (difference - part) - (b + part)
  const errors = productError(other.sum, one.n) - productError(one.sum, other.n)
  const rests = other.rest * one.n - one.rest * other.n
  return (difference + (lost + errors + rests)) / (one.n * other.n)
}

/** a·b minus its rounded value (Dekker 1971). */
function productError(a: number, b: number): number {
  const [aHigh, bHigh] = [upperHalf(a), upperHalf(b)]
  const [aLow, bLow] = [a - aHigh, b - bHigh]
  return aLow * bLow - (a * b - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
}

function upperHalf(a: number): number {
  const scaled = a * 134217729
  return scaled - (scaled - a)
}

/** What a state says. Undefined without rows; mean and m2 also where an infinity or an overflow is among the values. */
export function summariseMoments(state: Moments): {
  readonly n: number
  readonly mean: Quantity
  readonly m2: Quantity
  readonly min: Quantity
  readonly max: Quantity
} {
  const { n, sum, rest, m2, min, max } = state
  const known = (value: number): Quantity => {
    if (n === 0) return undefinedBecause('no-rows')
    return Number.isFinite(value) ? value : undefinedBecause('not-finite')
  }
  const extreme = (value: number): Quantity => (n === 0 ? undefinedBecause('no-rows') : value)
  return { n, mean: known((sum + rest) / n), m2: known(m2), min: extreme(min), max: extreme(max) }
}
