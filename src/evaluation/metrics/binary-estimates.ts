import { type Confusion, normalQuantile, type Quantity, ratio } from '../../kernel/statistics/index.ts'
import type { MaybeInterval } from '../report.ts'
import { type BinaryMoments, binWidth, calibrationBins, type Spread } from './binary-moments.ts'
import { type ErrorCosts, independentEstimates } from './confusion-estimates.ts'
import { type Estimate, type Estimates, intervalAlpha } from './estimate.ts'

export interface BinaryShape {
  /** Whether the deployment acts; without, metrics of decisions are left out. */
  readonly acts: boolean
  /** Whether every score lies in [0, 1]; losses and calibration need that. */
  readonly probabilities: boolean
  readonly costs?: ErrorCosts
}

/** Every binary metric with its variance, from the sums of a cell. */
export function binaryEstimates(moments: BinaryMoments, shape: BinaryShape): Estimates {
  const { rows, acted, positives, negatives } = moments
  const matured = positives + negatives
  return {
    ...(shape.acts
      ? {
          action_rate: { value: ratio(acted, rows, 'no-rows'), n: rows, variance: null },
          ...decisionEstimates(moments.confusion, shape.costs),
        }
      : {}),
    score_mean: meanEstimate(moments.score, rows),
    base_rate: { value: ratio(positives, matured, 'no-rows'), n: matured, variance: null },
    roc_auc: aucEstimate(moments),
    pr_auc: {
      value: positives === 0 ? { undefined: 'no-positives' } : moments.ranks.averagePrecision,
      n: matured,
      variance: positives === 0 ? null : moments.ranks.precisionSquares,
    },
    ...probabilityEstimates(moments, shape.probabilities),
  }
}

function decisionEstimates(confusion: Confusion, costs: ErrorCosts | undefined): Estimates {
  const { base_rate: _, ...decided } = independentEstimates(confusion, costs)
  return decided
}

function probabilityEstimates(moments: BinaryMoments, probabilities: boolean): Estimates {
  const matured = moments.positives + moments.negatives
  if (!probabilities) {
    const none: Estimate = { value: { undefined: 'not-a-probability' }, n: matured, variance: null }
    return { log_loss: none, brier: none, ece: none }
  }
  return {
    log_loss: meanEstimate(moments.loss, matured),
    brier: meanEstimate(moments.brier, matured),
    ece: calibrationEstimate(moments.ranks.bins, { rows: matured, designEffect: 1 }),
  }
}

/** A mean of independent rows: s²/n with the sample variance. */
function meanEstimate({ mean, squares }: Spread, n: number): Estimate {
  if (n === 0) return { value: { undefined: 'no-rows' }, n, variance: null }
  return { value: mean, n, variance: n > 1 ? squares / (n - 1) / n : null }
}

/** DeLong, DeLong & Clarke-Pearson 1988: S₁₀/n⁺ + S₀₁/n⁻. */
function aucEstimate({ positives, negatives, ranks }: BinaryMoments): Estimate {
  const n = positives + negatives
  if (positives === 0 || negatives === 0)
    return { value: { undefined: positives === 0 ? 'no-positives' : 'no-negatives' }, n, variance: null }
  const variance = (spread: Spread, rows: number) => spread.squares / (rows - 1) / rows
  const known = positives > 1 && negatives > 1
  return {
    value: ranks.ofPositives.mean,
    n,
    variance: known ? variance(ranks.ofPositives, positives) + variance(ranks.ofNegatives, negatives) : null,
  }
}

/**
 * Expected calibration error over equal-count bins. |estimate − truth| ≤ Σ wₖ|eₖ| with eₖ the error of a bin's rate, at most
 * N(0, r(1 − r)/n) with r = (positives + ½)/(n + 1); the sum of half-normals has mean √(2/π)·Σ wₖσₖ and variance
 * (1 − 2/π)·Σ wₖ²σₖ². Both bounds together cover at least 95 %.
 */
export function calibrationEstimate(
  bins: Float64Array,
  { rows, designEffect }: { readonly rows: number; readonly designEffect: number },
): Estimate {
  if (rows < calibrationBins) {
    const reason = { undefined: rows === 0 ? 'no-rows' : 'too-few' }
    return { value: reason, n: rows, variance: null }
  }
  let [total, error, spread, squares] = [0, 0, 0, 0]
  for (let bin = 0; bin < bins.length; bin += binWidth) total += bins[bin] ?? 0
  for (let bin = 0; bin < bins.length; bin += binWidth) {
    const [n = 0, positives = 0, scores = 0] = bins.subarray(bin, bin + binWidth)
    if (n === 0) continue
    const rate = (positives + 0.5) / (n + 1)
    const size = (n / total) * rows
    const sd = Math.sqrt((designEffect * rate * (1 - rate)) / size)
    error += (n / total) * Math.abs(scores / n - positives / n)
    spread += (n / total) * sd
    squares += (n / total) ** 2 * sd * sd
  }
  const radius =
    Math.sqrt(2 / Math.PI) * spread +
    normalQuantile(1 - 2 * intervalAlpha) * Math.sqrt((1 - 2 / Math.PI) * squares)
  const interval: MaybeInterval = { lower: Math.max(0, error - radius), upper: Math.min(1, error + radius) }
  const value: Quantity = error
  return { value, n: rows, variance: null, interval }
}
