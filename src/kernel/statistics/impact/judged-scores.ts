import { FettleError } from '../../errors/index.ts'
import { checkAlpha } from '../checks.ts'
import { normalQuantile } from '../normal.ts'
import { isDefined, type Quantity, ratio, undefinedBecause } from '../quantity.ts'
import { sumOver } from '../sum.ts'

/** What a pairwise judge said of one order: the shown first or second wins, a tie, or no verdict. */
export type JudgeAnswer = 'first' | 'second' | 'tie' | 'error'

/** The winner of two judgements in both orders; disagreement is a tie, a judge's error is no measurement. */
export function pairwiseWinner(
  aShownFirst: JudgeAnswer,
  bShownFirst: JudgeAnswer,
): 'a' | 'b' | 'tie' | { readonly undefined: string } {
  if (aShownFirst === 'error' || bShownFirst === 'error') return undefinedBecause('judge-error')
  if (aShownFirst === 'first' && bShownFirst === 'second') return 'a'
  return aShownFirst === 'second' && bShownFirst === 'first' ? 'b' : 'tie'
}

/** Share of the cases with at least two measured runs whose runs differ; null is not measured. */
export function flakeRate(results: readonly (readonly (string | null)[])[]): Quantity {
  const measured = results.map(runs => runs.filter(run => run !== null)).filter(runs => runs.length >= 2)
  const differing = measured.filter(runs => new Set(runs).size > 1)
  return ratio(differing.length, measured.length, 'fewer-than-two-runs')
}

/** Mean of the measured scores and how many were; null and undefined(reason) are not measured. */
export function scoreMean(scores: readonly (Quantity | null)[]): {
  readonly mean: Quantity
  readonly coverage: Quantity
  readonly n: number
} {
  const measured = scores.filter(score => score !== null).filter(isDefined)
  const n = measured.length
  const total = sumOver(n, index => measured[index] ?? 0)
  return {
    mean: ratio(total, n, 'nothing-measured'),
    coverage: ratio(n, scores.length, 'no-rows'),
    n,
  }
}

/**
 * The difference that n paired cases detect with the given power, two-sided at `alpha`: (z₁₋α/₂ + z_power)·sd/√n.
 * Undefined without cases. ALPHA_OUT_OF_RANGE for an alpha or power that is no probability, INVALID_COUNTS for a negative
 * n or deviation.
 */
export function minimalDetectableDifference({
  sdOfDifferences,
  n,
  alpha,
  power,
}: {
  readonly sdOfDifferences: number
  readonly n: number
  readonly alpha: number
  readonly power: number
}): Quantity {
  checkAlpha(alpha / 2)
  if (!(power > 0 && power < 1)) throw new FettleError('ALPHA_OUT_OF_RANGE', `A power of ${power} cannot be`)
  if (!(n >= 0 && sdOfDifferences >= 0))
    throw new FettleError('INVALID_COUNTS', `${n} cases with a deviation of ${sdOfDifferences} cannot be`)
  if (n === 0) return undefinedBecause('no-rows')
  return ((normalQuantile(1 - alpha / 2) + normalQuantile(power)) * sdOfDifferences) / Math.sqrt(n)
}
