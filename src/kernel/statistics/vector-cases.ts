import type { Json } from '../canonical.ts'
import { brierParts, calibrationEqualCount, calibrationEqualWidth } from './calibration-error.ts'
import { confusion, rates } from './confusion.ts'
import { type LabelledScores, rankScores } from './labelled-scores.ts'
import { newcombeDifference } from './newcombe.ts'
import { brier, logLoss } from './probability-loss.ts'
import { atK, gini, ksSeparation, prAuc, rocAuc } from './ranking.ts'
import { wilson } from './wilson.ts'

/** Input of one known-answer case: `test`, often `variant`, and the test's own fields. */
export type VectorInput = Readonly<Record<string, Json | undefined>>

/** By test name: computes the answer, throws the FettleError whose code is the answer, or returns undefined where the case is not implemented (yet). */
export type VectorCases = Readonly<Record<string, (input: VectorInput) => unknown>>

function numbers(value: Json | undefined): number[] {
  return Array.isArray(value) ? value.map(each => (each === null ? Number.NaN : Number(each))) : []
}

function ranked(input: VectorInput): ReturnType<typeof rankScores> {
  return rankScores({
    labels: numbers(input['label']),
    scores: numbers(input['score'] ?? input['probability']),
    weights: weightsOf(input),
  })
}

function weightsOf(input: VectorInput): number[] | undefined {
  return input['weight'] === undefined ? undefined : numbers(input['weight'])
}

function decided(input: VectorInput): ReturnType<typeof confusion> {
  const actions = numbers(input['action'])
  return confusion({ labels: numbers(input['label']), actions, weights: weightsOf(input) })
}

function probabilities(input: VectorInput): LabelledScores {
  return {
    labels: numbers(input['label']),
    scores: numbers(input['probability']),
    weights: weightsOf(input),
  }
}

function calibration(input: VectorInput): unknown {
  const scores = ranked(input)
  const bins = Number(input['bins'])
  if (input['variant'] === 'equal_count') {
    const result = calibrationEqualCount(scores, bins)
    return typeof result.ece === 'number'
      ? { ece: result.ece, bin_sizes: result.bins.map(bin => bin.n) }
      : result.ece
  }
  const result = calibrationEqualWidth(scores, bins)
  if (typeof result.ece !== 'number') return result.ece
  return { ...result, bins: result.bins.map(bin => ({ n: bin.n, mean_p: bin.meanScore, rate: bin.rate })) }
}

/** The known-answer tests of vectors/statistics that this folder implements. */
export const statisticsCases: VectorCases = {
  confusion: decided,
  rates: input => rates(decided(input)),
  roc_auc: input => rocAuc(ranked(input)),
  gini: input => gini(ranked(input)),
  pr_auc: input => prAuc(ranked(input)),
  ks_separation: input => ksSeparation(ranked(input)),
  at_k: input => atK(ranked(input), Number(input['k'])),
  log_loss: input => logLoss(probabilities(input)),
  brier: input => brier(probabilities(input)),
  ece: input => calibration(input),
  brier_parts: input => brierParts(ranked(input)),
  wilson: input => wilson(Number(input['x']), Number(input['n']), Number(input['alpha'])),
  newcombe_difference: input => {
    const number = (name: string): number => Number(input[name])
    const [first, second] = [
      { x: number('x1'), n: number('n1') },
      { x: number('x2'), n: number('n2') },
    ]
    const difference = first.x / first.n - second.x / second.n
    return { difference, ...newcombeDifference(first, second, number('alpha')) }
  },
}
