import { argsort } from '../../../kernel/statistics/index.ts'
import type { MetricRows } from './metric-rows.ts'

/** Rows by rising score: sorted once, so that every replicate is one pass. */
export interface SortedRows {
  readonly count: number
  readonly units: number
  /** Entity, label (1 or 0) and weight of each row in the order of scores. */
  readonly unit: Int32Array
  readonly positive: Uint8Array
  readonly weight: Float64Array | null
  readonly score: Float64Array
  /** 1 where the next score is another. */
  readonly ends: Uint8Array
}

export function sortRows({ rows, scores, labels, weights, units }: MetricRows): SortedRows {
  const order = argsort(scores)
  const sorted = {
    unit: new Int32Array(rows),
    positive: new Uint8Array(rows),
    weight: weights && new Float64Array(rows),
    score: new Float64Array(rows),
    ends: new Uint8Array(rows).fill(1),
  }
  for (let at = 0; at < rows; at++) {
    const row = order[at] as number
    const score = scores[row] as number
    sorted.unit[at] = units.of[row] as number
    sorted.positive[at] = labels[row] === 1 ? 1 : 0
    if (weights && sorted.weight) sorted.weight[at] = weights[row] as number
    sorted.score[at] = score
    if (at > 0 && sorted.score[at - 1] === score) sorted.ends[at - 1] = 0
  }
  return { count: rows, units: units.count, ...sorted }
}
