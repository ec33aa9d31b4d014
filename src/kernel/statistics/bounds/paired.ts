import { FettleError } from '../../errors/index.ts'
import type { Interval } from '../auc-interval.ts'
import { checkAlpha } from '../checks.ts'
import { normalQuantile } from '../normal.ts'
import { undefinedBecause } from '../quantity.ts'
import { fallingRoot } from '../special/find-root.ts'
import { normalCdf, normalSf } from '../special/normal-tails.ts'
import type { Evidence } from './clopper-pearson.ts'
import { mcnemar } from './mcnemar.ts'

/** Paired binary outcomes of n rows: b where only the new one acts, c where only the old one does. Real when effective. */
export interface PairedCounts {
  readonly n: number
  readonly b: number
  readonly c: number
}

/** Throws INVALID_COUNTS unless 0 ≤ b, c and b + c ≤ n. */
function checkPaired({ n, b, c }: PairedCounts): void {
  if (!(b >= 0 && c >= 0 && b + c <= n * (1 + 1e-12) && n < Infinity))
    throw new FettleError('INVALID_COUNTS', `${b} and ${c} differing pairs of ${n} cannot be`)
}

/**
 * Tango's 1998 score statistic of the difference (b − c)/n against δ: (b − c − nδ)/√(n(2q + δ(1 − δ))), with q the
 * restricted estimate of the share of c. Falls in δ. 0 where numerator and variance are both 0.
 */
export function pairedScore(counts: PairedCounts, delta: number): number {
  if (delta < 0) return -scoreFrom({ ...counts, b: counts.c, c: counts.b }, Math.min(1, -delta))
  return scoreFrom(counts, Math.min(1, delta))
}

/** For δ ≥ 0; the other side is its mirror, so nothing cancels. */
function scoreFrom({ n, b, c }: PairedCounts, delta: number): number {
  const middle = -b - c + (2 * n - b + c) * delta
  const product = c * delta * (1 - delta)
  const root = Math.sqrt(middle * middle + 8 * n * product)
  const q = middle > 0 ? (2 * product) / (middle + root) : (root - middle) / (4 * n)
  const numerator = b - c - n * delta
  return numerator === 0 ? 0 : numerator / Math.sqrt(n * (2 * q + delta * (1 - delta)))
}

/**
 * One-sided bounds of (b − c)/n at `alpha` each: the score interval at every n, and where no pair differs the zero rule
 * U = −L = 1 − α^(1/n). Undefined without rows; throws INVALID_COUNTS and ALPHA_OUT_OF_RANGE.
 */
export function pairedBounds(counts: PairedCounts, alpha: number): Interval | { readonly undefined: string } {
  checkPaired(counts)
  checkAlpha(alpha)
  const { n, b, c } = counts
  if (n === 0) return undefinedBecause('no-rows')
  if (b + c === 0) {
    const reach = -Math.expm1(Math.log(alpha) / n)
    return { lower: -reach, upper: reach }
  }
  return scoreBounds(counts, alpha)
}

/** The score interval without the zero rule. */
export function scoreBounds(counts: PairedCounts, alpha: number): Interval {
  const z = -normalQuantile(alpha)
  const d = (counts.b - counts.c) / counts.n
  return {
    lower: fallingRoot(delta => pairedScore(counts, delta) - z, -1, d),
    upper: fallingRoot(delta => pairedScore(counts, delta) + z, d, 1),
  }
}

/**
 * Evidence that (b − c)/n, in harm units, is below a margin (pass) or above it (fail): Φ(T) and 1 − Φ(T) of the score
 * statistic; at margin 0 with whole counts exact McNemar; where no pair differs pass = (1 − m)ⁿ, fail = 1, mirrored for
 * m < 0, both 1 at m = 0. No rows prove nothing: both are 1.
 */
export function pairedP(counts: PairedCounts, margin: number): Evidence {
  checkPaired(counts)
  const { n, b, c } = counts
  if (n === 0) return { pass: 1, fail: 1 }
  if (b + c === 0) return zeroRule(n, margin)
  if (margin === 0 && Number.isInteger(b) && Number.isInteger(c)) {
    const { newMore, oldMore } = mcnemar(b, c)
    return { pass: oldMore, fail: newMore }
  }
  const score = pairedScore(counts, margin)
  return { pass: normalCdf(score), fail: normalSf(score) }
}

function zeroRule(n: number, margin: number): Evidence {
  const chance = Math.abs(margin) >= 1 ? 0 : Math.exp(n * Math.log1p(-Math.abs(margin)))
  return { pass: margin > 0 ? chance : 1, fail: margin < 0 ? chance : 1 }
}

/** Wald's standard error of (b − c)/n: √(b + c − (b − c)²/n)/n. For planning and display only: as a gate it passes harm. */
export function waldError({ n, b, c }: PairedCounts): number {
  return Math.sqrt(Math.max(0, b + c - (b - c) ** 2 / n)) / n
}
