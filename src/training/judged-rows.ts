import { measurementOf } from '../evaluation/index.ts'
import { isDefined, type Quantity } from '../kernel/statistics/index.ts'
import type { LabelledRows } from './labelled-rows.ts'
import type { TrainerCall } from './trainer.ts'

const spreadRows = 32

/** How scores do on the rows a candidate is judged on; logged to its run where they have a value. */
export async function logJudged(
  call: TrainerCall,
  { labels }: LabelledRows,
  scores: Float64Array,
): Promise<Record<string, Quantity>> {
  const { roc_auc, pr_auc, log_loss, brier } = measurementOf({ labels, scores }).metrics
  const metrics = {
    'judge.roc_auc': roc_auc,
    'judge.pr_auc': pr_auc,
    'judge.log_loss': log_loss,
    'judge.brier': brier,
  }
  const points = Object.entries(metrics).flatMap(([key, value]) =>
    isDefined(value) ? [{ key, value, step: 0 }] : [],
  )
  await call.logMetrics(points)
  return metrics
}

/** 32 vectors as a scorer reads them, spread over the rows; null is missing. */
export function spreadVectors({ columns, labels }: LabelledRows): (number | null)[][] {
  return Array.from({ length: spreadRows }, (_, index) => {
    const row = Math.floor((index * labels.length) / spreadRows)
    return columns.map(column => {
      const value = Math.fround(column[row] ?? Number.NaN)
      return Number.isFinite(value) ? value : null
    })
  })
}
