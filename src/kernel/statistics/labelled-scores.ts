import { FettleError } from '../errors/index.ts'
import { argsort } from './argsort.ts'
import { sumOver } from './sum.ts'
import { checkWeights } from './weights.ts'

/** Labels 0 or 1 and one finite score per row, of equal length; every row counts `weights` times, or once. */
export interface LabelledScores {
  readonly labels: ArrayLike<number>
  readonly scores: ArrayLike<number>
  readonly weights?: ArrayLike<number> | undefined
}

/** Scores by class, each ascending: all that rank metrics need. Weights, where rows have any, stand beside them. */
export interface RankedScores {
  readonly positives: Float64Array
  readonly negatives: Float64Array
  readonly weights?: { readonly positives: Float64Array; readonly negatives: Float64Array }
}

/** Throws NOT_BINARY for a label other than 0 and 1, NOT_A_NUMBER for a NaN score, LENGTH_MISMATCH for unequal lengths. */
export function checkLabelledScores({ labels, scores }: LabelledScores): void {
  if (labels.length !== scores.length) {
    throw new FettleError('LENGTH_MISMATCH', `There are ${labels.length} labels and ${scores.length} scores`)
  }
  for (let row = 0; row < labels.length; row++) {
    if (labels[row] !== 0 && labels[row] !== 1) {
      throw new FettleError('NOT_BINARY', `The label of row ${row} is ${labels[row]}, not 0 or 1`)
    }
    if (Number.isNaN(scores[row]))
      throw new FettleError('NOT_A_NUMBER', `The score of row ${row} is not a number`)
  }
}

/** Splits scores by class and sorts them. −0 and 0 are the same score. */
export function rankScores(rows: LabelledScores): RankedScores {
  checkLabelledScores(rows)
  const { labels, scores, weights } = rows
  if (weights) return rankWeighted({ labels, scores, weights })
  let positiveCount = 0
  for (let row = 0; row < labels.length; row++) positiveCount += labels[row] ?? 0
  const positives = new Float64Array(positiveCount)
  const negatives = new Float64Array(labels.length - positiveCount)
  let nextPositive = 0
  let nextNegative = 0
  for (let row = 0; row < labels.length; row++) {
    const score = (scores[row] ?? 0) + 0
    if (labels[row] === 1) positives[nextPositive++] = score
    else negatives[nextNegative++] = score
  }
  return { positives: positives.sort(), negatives: negatives.sort() }
}

/** Rows of weight 0 are left out. */
function rankWeighted({ labels, scores, weights }: Required<LabelledScores>): RankedScores {
  const given = weights ?? []
  checkWeights(given, labels.length)
  const rising = [...argsort(scores)].filter(row => given[row] !== 0)
  const ofClass = (label: number) => {
    const rows = rising.filter(row => labels[row] === label)
    return {
      scores: Float64Array.from(rows, row => (scores[row] ?? 0) + 0),
      weights: Float64Array.from(rows, row => given[row] ?? 0),
    }
  }
  const [negatives, positives] = [ofClass(0), ofClass(1)]
  return {
    positives: positives.scores,
    negatives: negatives.scores,
    weights: { positives: positives.weights, negatives: negatives.weights },
  }
}

/** Rows, or their weight, of each class. */
export function classTotals({ positives, negatives, weights }: RankedScores): {
  readonly positives: number
  readonly negatives: number
} {
  if (!weights) return { positives: positives.length, negatives: negatives.length }
  const total = (of: Float64Array) => sumOver(of.length, row => of[row] ?? 0)
  return { positives: total(weights.positives), negatives: total(weights.negatives) }
}

/** Rows that share one score: how many of each class, or their weight. */
export interface TieGroup {
  readonly score: number
  readonly positives: number
  readonly negatives: number
}

/** Every distinct score with its rows, ascending. */
export function* tieGroups({ positives, negatives, weights }: RankedScores): Generator<TieGroup> {
  let p = 0
  let n = 0
  while (p < positives.length || n < negatives.length) {
    const score = Math.min(positives[p] ?? Infinity, negatives[n] ?? Infinity)
    const firstP = p
    const firstN = n
    while (p < positives.length && positives[p] === score) p++
    while (n < negatives.length && negatives[n] === score) n++
    yield {
      score,
      positives: weights ? sumBetween(weights.positives, firstP, p) : p - firstP,
      negatives: weights ? sumBetween(weights.negatives, firstN, n) : n - firstN,
    }
  }
}

function sumBetween(values: Float64Array, from: number, to: number): number {
  return sumOver(to - from, index => values[from + index] ?? 0)
}
