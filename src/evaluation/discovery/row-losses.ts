import { rowsAt } from '../metrics/cell-rows.ts'
import type { ErrorCosts } from '../metrics/confusion-estimates.ts'
import { classLosses, logLosses } from '../metrics/losses.ts'
import { predictedClasses } from '../metrics/multiclass-influences.ts'
import type { DiscoveredSlice } from '../report.ts'
import type { JudgedRows, ModelOutputs } from '../rows.ts'

export interface RowLosses {
  readonly name: DiscoveredSlice['loss']['name']
  /** NaN where there is no label. */
  readonly values: Float64Array
}

/** One loss per row whose mean says how badly a slice fares; undefined for ranking, where a row alone has none. */
export function rowLosses(
  rows: JudgedRows,
  outputs: ModelOutputs,
  costs: ErrorCosts | undefined,
): RowLosses | undefined {
  const { labels, task } = rows
  const { scores, actions } = outputs
  const each = (loss: (row: number, label: number) => number) =>
    labels.map((label, row) => (Number.isNaN(label) ? Number.NaN : loss(row, label)))
  if (task === 'regression')
    return { name: 'absolute_error', values: each((row, label) => Math.abs((scores[row] ?? 0) - label)) }
  if (task === 'multiclass') return classRowLosses(rows, outputs)
  if (task !== 'binary') return undefined
  if (costs && actions) {
    const cost = (row: number, label: number) =>
      label === 1
        ? actions[row] === 1
          ? 0
          : costs.falseNegative
        : actions[row] === 1
          ? costs.falsePositive
          : 0
    return { name: 'cost', values: each(cost) }
  }
  if (scores.every(score => score >= 0 && score <= 1)) {
    const losses = logLosses(labels, scores)
    return { name: 'log_loss', values: each(row => losses[row] ?? 0) }
  }
  return actions && { name: 'error', values: each((row, label) => (actions[row] === label ? 0 : 1)) }
}

function classRowLosses(rows: JudgedRows, outputs: ModelOutputs): RowLosses {
  const { labels } = rows
  const classes = rows.classes?.length ?? 0
  if (outputs.classScores)
    return { name: 'log_loss', values: classLosses(labels, { classScores: outputs.classScores, classes }) }
  const all = Int32Array.from(labels, (_, row) => row)
  const predicted = predictedClasses(rowsAt(rows, outputs, all))
  return {
    name: 'error',
    values: labels.map((label, row) => (Number.isNaN(label) ? Number.NaN : label === predicted[row] ? 0 : 1)),
  }
}
