import { FettleError } from '../../errors/index.ts'
import { undefinedBecause } from '../quantity.ts'
import { compensatedSum } from '../sum.ts'
import { estimatedAuc, leastExpected } from './estimated-auc.ts'

/** Rows without labels. */
export interface UnlabelledRows {
  /** Probability of label 1 by a map fitted on the reference. */
  readonly calibrated: ArrayLike<number>
  /** The decision: 0 or 1. */
  readonly actions: ArrayLike<number>
  /** The model's output, for ranks. */
  readonly scores: ArrayLike<number>
}

/** An estimated metric with its standard deviation from label sampling only: no drift of the concept is in it. */
export type Estimate = { readonly estimate: number; readonly sd: number } | { readonly undefined: string }

export interface EstimatedPerformance {
  /** Expected counts. */
  readonly tp: number
  readonly fp: number
  readonly fn: number
  readonly tn: number
  readonly accuracy: Estimate
  readonly precision: Estimate
  readonly recall: Estimate
  readonly fpr: Estimate
  readonly f1: Estimate
  readonly auc: Estimate
}

/**
 * Confidence-based performance estimation (monitoring.md §4): metrics by their formulas on expected counts; sd by the
 * delta method over independent labels. LENGTH_MISMATCH for unequal lengths, NOT_A_PROBABILITY, NOT_BINARY for an
 * action other than 0 and 1, NOT_A_NUMBER for a NaN.
 */
export function estimatePerformance(rows: UnlabelledRows): EstimatedPerformance {
  checkRows(rows)
  const sums = expectedCounts(rows)
  const { tp, fp, fn, tn, acted, actedSpread, restSpread } = sums
  const n = rows.calibrated.length
  const [positives, negatives] = [tp + fn, fp + tn]
  /** √Σ (∂M/∂pᵢ)² pᵢ(1 − pᵢ), the derivative being one number for acted rows and one for the others. */
  const sd = (forActed: number, forRest: number) =>
    Math.sqrt(forActed ** 2 * actedSpread + forRest ** 2 * restSpread)
  const both = acted + positives
  return {
    ...{ tp, fp, fn, tn },
    accuracy: estimated((tp + tn) / n, { of: n, because: 'no-rows' }, () => sd(1 / n, 1 / n)),
    precision: estimated(tp / acted, { of: acted, because: 'no-predicted-positives' }, () =>
      sd(1 / acted, 0),
    ),
    recall: estimated(tp / positives, { of: positives, because: 'no-expected-positives' }, () =>
      sd(fn / positives ** 2, tp / positives ** 2),
    ),
    fpr: estimated(fp / negatives, { of: negatives, because: 'no-expected-negatives' }, () =>
      sd(tn / negatives ** 2, fp / negatives ** 2),
    ),
    f1: estimated((2 * tp) / both, { of: both, because: 'no-positives-anywhere' }, () =>
      sd((2 * (both - tp)) / both ** 2, (2 * tp) / both ** 2),
    ),
    auc: estimatedAuc(rows.calibrated, rows.scores),
  }
}

function estimated(
  estimate: number,
  denominator: { readonly of: number; readonly because: string },
  sd: () => number,
): Estimate {
  return denominator.of < leastExpected ? undefinedBecause(denominator.because) : { estimate, sd: sd() }
}

function checkRows({ calibrated, actions, scores }: UnlabelledRows): void {
  const n = calibrated.length
  if (actions.length !== n || scores.length !== n)
    throw new FettleError(
      'LENGTH_MISMATCH',
      `There are ${n} probabilities, ${actions.length} actions and ${scores.length} scores`,
    )
  for (let row = 0; row < n; row++) {
    const p = calibrated[row] ?? Number.NaN
    if (Number.isNaN(p) || Number.isNaN(scores[row]))
      throw new FettleError('NOT_A_NUMBER', `The probability or score of row ${row} is not a number`)
    if (!(p >= 0 && p <= 1))
      throw new FettleError('NOT_A_PROBABILITY', `The probability of row ${row} is ${p}`)
    if (actions[row] !== 0 && actions[row] !== 1)
      throw new FettleError('NOT_BINARY', `The action of row ${row} is ${actions[row]}, not 0 or 1`)
  }
}

/** Sums over acted rows and the others: of p, of 1 − p, and of p(1 − p), the variance of a label. */
function expectedCounts({ calibrated, actions }: UnlabelledRows) {
  const [tp, fp, fn, tn] = [compensatedSum(), compensatedSum(), compensatedSum(), compensatedSum()]
  const [spreadOfActed, spreadOfRest] = [compensatedSum(), compensatedSum()]
  let acted = 0
  for (let row = 0; row < calibrated.length; row++) {
    const p = calibrated[row] ?? 0
    if (actions[row] === 1) {
      acted++
      tp.add(p)
      fp.add(1 - p)
      spreadOfActed.add(p * (1 - p))
    } else {
      fn.add(p)
      tn.add(1 - p)
      spreadOfRest.add(p * (1 - p))
    }
  }
  return {
    ...{ tp: tp.total(), fp: fp.total(), fn: fn.total(), tn: tn.total(), acted },
    ...{ actedSpread: spreadOfActed.total(), restSpread: spreadOfRest.total() },
  }
}
