import type { RankedScores } from '../labelled-scores.ts'
import { justBelow } from './rising-scores.ts'

/** What a wrong action and a missed one cost, in any one unit. */
export interface ErrorCosts {
  readonly falsePositive: number
  readonly falseNegative: number
}

/**
 * The threshold of least cost c_fp·FP + c_fn·FN over the rows: an observed score, or just below the lowest where acting on
 * all is cheapest. Of equals the highest, which acts least. NaN without rows.
 */
export function cheapestThreshold({ positives, negatives }: RankedScores, costs: ErrorCosts): number {
  let p = positives.length
  let n = negatives.length
  let threshold = Math.max(positives[p - 1] ?? -Infinity, negatives[n - 1] ?? -Infinity)
  if (threshold === -Infinity) return Number.NaN
  let best = { threshold, cost: positives.length * costs.falseNegative }
  while (p > 0 || n > 0) {
    while (p > 0 && (positives[p - 1] ?? 0) >= threshold) p--
    while (n > 0 && (negatives[n - 1] ?? 0) >= threshold) n--
    const next = Math.max(positives[p - 1] ?? -Infinity, negatives[n - 1] ?? -Infinity)
    threshold = next === -Infinity ? justBelow(threshold) : next
    const cost = (negatives.length - n) * costs.falsePositive + p * costs.falseNegative
    if (cost < best.cost) best = { threshold, cost }
  }
  return best.threshold
}
