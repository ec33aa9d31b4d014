import type { LabelledScores } from './labelled-scores.ts'
import { checkLabelledScores } from './labelled-scores.ts'
import type { Quantity } from './quantity.ts'
import { undefinedBecause } from './quantity.ts'
import { sumOver } from './sum.ts'

const leastProbability = 1e-15

/** Mean of −ln p(label), p clipped to [1e-15, 1 − 1e-15]. In nats. Undefined without rows. */
export function logLoss(rows: LabelledScores): Quantity {
  checkLabelledScores(rows)
  const { labels, scores } = rows
  if (labels.length === 0) return undefinedBecause('no-rows')
  const loss = sumOver(labels.length, row => {
    const p = Math.min(1 - leastProbability, Math.max(leastProbability, scores[row] ?? 0))
    return labels[row] === 1 ? -Math.log(p) : -Math.log1p(-p)
  })
  return loss / labels.length
}

/** Mean of (p − label)² (Brier 1950). Undefined without rows. */
export function brier(rows: LabelledScores): Quantity {
  checkLabelledScores(rows)
  const { labels, scores } = rows
  if (labels.length === 0) return undefinedBecause('no-rows')
  return sumOver(labels.length, row => ((scores[row] ?? 0) - (labels[row] ?? 0)) ** 2) / labels.length
}
