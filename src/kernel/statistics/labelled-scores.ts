import { FettleError } from '../errors/index.ts'

/** Labels 0 or 1 and one finite score per row, of equal length. */
export interface LabelledScores {
  readonly labels: ArrayLike<number>
  readonly scores: ArrayLike<number>
}

/** Scores by class, each ascending: all that rank metrics need. */
export interface RankedScores {
  readonly positives: Float64Array
  readonly negatives: Float64Array
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
  const { labels, scores } = rows
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

/** Rows that share one score: how many of each class. */
export interface TieGroup {
  readonly score: number
  readonly positives: number
  readonly negatives: number
}

/** Every distinct score with its rows, ascending. */
export function* tieGroups({ positives, negatives }: RankedScores): Generator<TieGroup> {
  let p = 0
  let n = 0
  while (p < positives.length || n < negatives.length) {
    const score = Math.min(positives[p] ?? Infinity, negatives[n] ?? Infinity)
    const firstP = p
    const firstN = n
    while (p < positives.length && positives[p] === score) p++
    while (n < negatives.length && negatives[n] === score) n++
    yield { score, positives: p - firstP, negatives: n - firstN }
  }
}
