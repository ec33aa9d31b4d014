import type { Json } from '../canonical.ts'
import { brierParts, calibrationEqualCount, calibrationEqualWidth } from './calibration-error.ts'
import { confusion, rates } from './confusion.ts'
import { rankScores } from './labelled-scores.ts'
import { newcombeDifference } from './newcombe.ts'
import { normalQuantile } from './normal.ts'
import { brier, logLoss } from './probability-loss.ts'
import { atK, gini, ksSeparation, prAuc, rocAuc } from './ranking.ts'
import { wilson } from './wilson.ts'

/** Input of one known-answer case: `test`, often `variant`, and the test's own fields. */
export type VectorInput = Readonly<Record<string, Json | undefined>>

/** By test name: computes the answer, throws the FettleError whose code is the answer, or returns undefined where the case is not implemented (yet). */
export type VectorCases = Readonly<Record<string, (input: VectorInput) => unknown>>

function numbers(value: Json | undefined): number[] {
  return Array.isArray(value) ? value.map(Number) : []
}

function ranked(input: VectorInput): ReturnType<typeof rankScores> {
  return rankScores({
    labels: numbers(input['label']),
    scores: numbers(input['score'] ?? input['probability']),
  })
}

function decided(input: VectorInput): ReturnType<typeof confusion> {
  const weights = input['weight'] === undefined ? undefined : numbers(input['weight'])
  return confusion({ labels: numbers(input['label']), actions: numbers(input['action']), weights })
}

function probabilities(input: VectorInput): { labels: number[]; scores: number[] } {
  return { labels: numbers(input['label']), scores: numbers(input['probability']) }
}

function unweighted<Result>(input: VectorInput, compute: () => Result): Result | undefined {
  return input['weight'] === undefined ? compute() : undefined
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
  roc_auc: input => unweighted(input, () => rocAuc(ranked(input))),
  gini: input => unweighted(input, () => gini(ranked(input))),
  pr_auc: input => unweighted(input, () => prAuc(ranked(input))),
  ks_separation: input => unweighted(input, () => ksSeparation(ranked(input))),
  at_k: input => unweighted(input, () => atK(ranked(input), Number(input['k']))),
  log_loss: input => unweighted(input, () => logLoss(probabilities(input))),
  brier: input => unweighted(input, () => brier(probabilities(input))),
  ece: input => unweighted(input, () => calibration(input)),
  brier_parts: input => unweighted(input, () => brierParts(ranked(input))),
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
  normal_quantile: input => normalQuantile(Number(input['p'] ?? input['x'])),
}
