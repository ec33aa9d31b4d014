import { checkWholeCounts } from '../checks.ts'
import { type Quantity, undefinedBecause } from '../quantity.ts'

/** Counts of a 2 × 2 table [[a, b], [c, d]]. */
export interface FourCounts {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
}

/** Tables at most this much likelier than the observed count as equally likely. */
const rounding = 1 + 1e-7
/** Tables so much less likely than the mode are left out. */
const negligible = 1e-300

/**
 * Fisher's exact test, two-sided: the probability, margins given, of all tables at most as likely as the observed.
 * Undefined without rows. INVALID_COUNTS for a negative or fractional count.
 */
export function fisherExact({ a, b, c, d }: FourCounts): Quantity {
  checkWholeCounts(a, b, c, d)
  if (a + b + c + d === 0) return undefinedBecause('no-rows')
  const { observed, weights } = tableWeights({ a, b, c, d })
  const limit = observed * rounding
  let [extreme, all] = [0, 0]
  for (const weight of weights.sort()) {
    all += weight
    if (weight <= limit) extreme += weight
  }
  return Math.min(1, extreme / all)
}

/**
 * Hypergeometric probabilities of the possible a, up to a factor: 1 at the mode, the others by ratios from there until
 * they are negligible.
 */
function tableWeights({ a: observed, b, c, d }: FourCounts) {
  const [low, high] = [Math.max(0, observed - d), Math.min(observed + b, observed + c)]
  const [row, column, n] = [observed + b, observed + c, observed + b + c + d]
  const up = (a: number) => ((row - a) / (a + 1)) * ((column - a) / (n - row - column + a + 1))
  const mode = Math.min(high, Math.max(low, Math.floor(((row + 1) / (n + 2)) * (column + 1))))
  const weights = [1]
  let ofObserved = observed === mode ? 1 : 0
  const outward = (end: number, ratio: (a: number) => number): void => {
    const step = Math.sign(end - mode)
    let weight = 1
    for (let a = mode; a !== end && weight > negligible; ) {
      weight *= ratio(a)
      a += step
      weights.push(weight)
      if (a === observed) ofObserved = weight
    }
  }
  outward(high, up)
  outward(low, a => 1 / up(a - 1))
  return { observed: ofObserved, weights: Float64Array.from(weights) }
}
