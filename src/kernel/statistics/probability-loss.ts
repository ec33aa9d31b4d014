import { FettleError } from '../errors/index.ts'
import type { LabelledScores } from './labelled-scores.ts'
import { checkLabelledScores } from './labelled-scores.ts'
import { type Quantity, ratio } from './quantity.ts'
import { sumOver } from './sum.ts'
import { checkWeights } from './weights.ts'

const leastProbability = 1e-15

/** Mean of −ln p(label), p clipped to [1e-15, 1 − 1e-15]. In nats. Undefined without rows; NOT_A_PROBABILITY outside [0, 1]. */
export function logLoss(rows: LabelledScores): Quantity {
  checkProbabilities(rows)
  const { labels, scores } = rows
  return weightedMean(rows, row => {
    const p = Math.min(1 - leastProbability, Math.max(leastProbability, scores[row] ?? 0))
    return labels[row] === 1 ? -Math.log(p) : -Math.log1p(-p)
  })
}

/** Mean of (p − label)² (Brier 1950). Undefined without rows; NOT_A_PROBABILITY outside [0, 1]. */
export function brier(rows: LabelledScores): Quantity {
  checkProbabilities(rows)
  const { labels, scores } = rows
  return weightedMean(rows, row => ((scores[row] ?? 0) - (labels[row] ?? 0)) ** 2)
}

function checkProbabilities(rows: LabelledScores): void {
  checkLabelledScores(rows)
  for (let row = 0; row < rows.labels.length; row++) {
    const p = rows.scores[row] ?? 0
    if (!(p >= 0 && p <= 1))
      throw new FettleError('NOT_A_PROBABILITY', `The score ${p} of row ${row} is not a probability`)
  }
}

function weightedMean({ labels, weights }: LabelledScores, loss: (row: number) => number): Quantity {
  if (!weights) return ratio(sumOver(labels.length, loss), labels.length, 'no-rows')
  checkWeights(weights, labels.length)
  const total = sumOver(labels.length, row => weights[row] ?? 0)
  return ratio(
    sumOver(labels.length, row => (weights[row] ?? 0) * loss(row)),
    total,
    'no-rows',
  )
}
