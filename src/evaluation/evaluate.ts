import { rankScores } from '../kernel/statistics/index.ts'
import { reliability } from './evaluate-rows.ts'
import { measurementOf, scoreMeasurement } from './measure.ts'
import { measureCells } from './metrics/measure-cells.ts'
import type { EvaluationReport, SliceReport } from './report.ts'
import type { JudgedRows } from './rows.ts'
import type { CodedColumn } from './slices/coded-column.ts'
import { largestValues, partitionColumn } from './slices/partition.ts'
import { resolveCells } from './slices/resolve.ts'
import { thresholdsOf } from './thresholds-at.ts'

export interface EvaluationInput {
  readonly split: string
  /** 0 or 1. */
  readonly labels: Uint8Array
  /** Probabilities of the positive class, as the scorer gave them. */
  readonly scores: Float64Array
  readonly unlabelled: number
  readonly slices: readonly {
    readonly column: string
    /** Those of `month` are shown in order of time, others by falling rows. */
    readonly values: CodedColumn
  }[]
  readonly scorer: { readonly kind: string; readonly build: string }
}

const leastSliceLimit = 5
const reportBytes = 62 * 1024

/**
 * Judges scores against labels: overall, at two thresholds, by calibration bin and by slice, at most 62 KiB. Slices keep fewer
 * values where the report would grow larger.
 */
export function evaluate(input: EvaluationInput): EvaluationReport {
  const ranked = rankScores(input)
  const base = {
    schema: 1 as const,
    split: input.split,
    all: measurementOf(input),
    unlabelled: input.unlabelled,
    thresholds: thresholdsOf(input, ranked),
    calibration: { binning: 'equal_count' as const, bins: reliability(ranked) },
    scorer: input.scorer,
  }
  for (let limit = largestValues; ; limit = Math.max(leastSliceLimit, Math.floor(limit * 0.7))) {
    const report = { ...base, slices: slicesOf(input, limit) }
    if (limit === leastSliceLimit || JSON.stringify(report).length <= reportBytes) return report
  }
}

/** Each column by its largest values; smaller ones are `(other)`. */
function slicesOf(input: EvaluationInput, limit: number): SliceReport[] {
  const rows: JudgedRows = {
    ...{ task: 'binary', rows: input.labels.length, hash: '', columns: {} },
    labels: Float64Array.from(input.labels),
  }
  const cells = input.slices.flatMap(({ column, values }) =>
    resolveCells(partitionColumn(values, { name: column, limit }), { name: column, kind: 'column' }),
  )
  const measured = measureCells(rows, { scores: input.scores }, { cells })
  return input.slices.map(({ column, values }) => ({
    column,
    values: measured.flatMap(({ cell, measurement }) =>
      cell.slice === column ? [{ value: cell.value ?? '', ...scoreMeasurement(measurement) }] : [],
    ),
    distinct: new Set(values.codes.filter(code => code >= 0)).size,
  }))
}
