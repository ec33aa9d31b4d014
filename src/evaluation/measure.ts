import type { LabelledScores, Quantity } from '../kernel/statistics/index.ts'
import { checkRows } from './check-rows.ts'
import { measureCells } from './metrics/measure-cells.ts'
import type { MaybeInterval, Measurement } from './report.ts'
import type { JudgedRows } from './rows.ts'
import { resolveSlices } from './slices/resolve.ts'

const scoreMetrics = ['roc_auc', 'pr_auc', 'log_loss', 'brier', 'ece'] as const
type ScoreMetric = (typeof scoreMetrics)[number]

/** A measurement that holds every metric of binary scores. */
export interface ScoreMeasurement extends Measurement {
  readonly metrics: Readonly<Record<ScoreMetric, Quantity>>
  readonly intervals: Readonly<Record<ScoreMetric | 'base_rate', MaybeInterval>>
}

/** Every metric of labelled rows; scores are probabilities. NOT_BINARY and NOT_A_NUMBER name the row. */
export function measurementOf({ labels, scores }: LabelledScores): ScoreMeasurement {
  const rows: JudgedRows = {
    ...{ task: 'binary', rows: labels.length, hash: '', columns: {} },
    labels: Float64Array.from(labels),
  }
  const outputs = { scores: Float64Array.from(scores) }
  checkRows(rows, outputs)
  const [found] = measureCells(rows, outputs, { cells: resolveSlices(rows, []) })
  if (!found) throw new TypeError('the whole population is always a cell')
  return scoreMeasurement(found.measurement)
}

const missing = { undefined: 'no-rows' }

/** Only the metrics of scores, all of them. */
export function scoreMeasurement({ metrics, intervals, ...counts }: Measurement): ScoreMeasurement {
  const pick = <Value>(from: Readonly<Partial<Record<ScoreMetric, Value>>>, otherwise: Value) =>
    Object.fromEntries(scoreMetrics.map(name => [name, from[name] ?? otherwise])) as Record<
      ScoreMetric,
      Value
    >
  return {
    ...counts,
    metrics: pick<Quantity>(metrics, missing),
    intervals: { ...pick<MaybeInterval>(intervals, missing), base_rate: intervals.base_rate ?? missing },
  }
}
