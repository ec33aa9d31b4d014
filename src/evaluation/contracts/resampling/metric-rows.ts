import type { ContractMetric, DeploymentData } from '../../../definitions/index.ts'
import type { Quantity } from '../../../kernel/statistics/index.ts'
import { pickRows } from '../../metrics/cell-rows.ts'
import type { JudgedRows, ModelOutputs } from '../../rows.ts'
import type { Units } from '../units.ts'

/** The rows of one cell as one model answered them: what a metric is computed from. */
export interface MetricRows {
  readonly rows: number
  readonly labels: Float64Array
  readonly scores: Float64Array
  readonly actions: Uint8Array | null
  /** Probability of the class that was true, for multiclass. */
  readonly truth: Float64Array | null
  readonly weights: Float64Array | null
  readonly units: Units
  readonly costs: NonNullable<DeploymentData['costs']>
}

/** A metric of a cell whose entities may count several times. */
export interface EntityMetric {
  /** With entity g counted `times[g]` times. */
  value(times: Uint8Array): Quantity
  /**
   * With one entity left out each, in their order; where that would take too long, with one of many equal groups of
   * entities, whose influences add up to the same skewness.
   */
  deleteOne(): readonly Quantity[]
}

export type MetricOf = (rows: MetricRows, metric: ContractMetric) => EntityMetric

/** Copies the rows of a cell out of the columns. */
export function metricRows(
  { labels, weights, classes }: JudgedRows,
  { scores, actions, classScores }: ModelOutputs,
  { rows, units, costs }: { readonly rows: Int32Array } & Pick<MetricRows, 'units' | 'costs'>,
): MetricRows {
  const width = classes?.length ?? 0
  return {
    rows: rows.length,
    labels: pickRows(labels, rows, new Float64Array(rows.length)),
    scores: pickRows(scores, rows, new Float64Array(rows.length)),
    actions: actions ? pickRows(actions, rows, new Uint8Array(rows.length)) : null,
    truth: classScores
      ? Float64Array.from(rows, row => classScores[row * width + (labels[row] as number)] as number)
      : null,
    weights: weights ? pickRows(weights, rows, new Float64Array(rows.length)) : null,
    units,
    costs,
  }
}
