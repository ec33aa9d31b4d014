import type { SliceData } from '../definitions/index.ts'
import { calibrationEqualCount, type RankedScores, rankScores, wilson } from '../kernel/statistics/index.ts'
import { recalibrated } from './calibration/recalibrated.ts'
import { checkRows } from './check-rows.ts'
import { costCurve } from './costs/cost-curve.ts'
import { discoverSlices } from './discovery/discover-slices.ts'
import { foldsOf } from './folds/folds-of.ts'
import type { Period } from './folds/periods.ts'
import { calibrationBins } from './metrics/binary-moments.ts'
import type { ErrorCosts } from './metrics/confusion-estimates.ts'
import { intervalAlpha } from './metrics/estimate.ts'
import { type MeasuredCell, measureCells } from './metrics/measure-cells.ts'
import { type MetricName, metricTable } from './metrics/metric-table.ts'
import type { CoverageReport, ReliabilityBin, RowsEvaluation, SliceReport } from './report.ts'
import type { JudgedRows, ModelOutputs } from './rows.ts'
import { harmedSlices } from './slices/harmed.ts'
import { resolveSlices, sliceSetHash } from './slices/resolve.ts'
import { thresholdsOf } from './thresholds-at.ts'

export interface EvaluateOptions {
  readonly slices?: readonly SliceData[]
  /** What errors cost: adds the metric and the curve. */
  readonly costs?: ErrorCosts
  /** Decision metrics at these thresholds too, beside ½ and the base rate. */
  readonly thresholds?: readonly number[]
  /** Columns searched for slices that nobody declared; default: those of the slices. */
  readonly search?: readonly string[]
  /** Calendar periods of the folds; default month. No folds without times. */
  readonly folds?: Period
  /** Positions that ndcg looks at; default 10. */
  readonly k?: number
  /** Which rows these are, in words; default `rows`. */
  readonly split?: string
  /** What scored; default a table of predictions. */
  readonly scorer?: { readonly kind: string; readonly build: string }
}

/**
 * How well a model did on rows: every metric with its interval on the whole and on each declared slice, which slices are worse
 * than the whole, slices found by search, calibration, thresholds, costs, and the course over time. Throws what `checkRows`
 * and `resolveSlices` refuse; what cannot be measured is undefined with its reason.
 */
export function evaluateRows(
  rows: JudgedRows,
  outputs: ModelOutputs,
  options: EvaluateOptions = {},
): RowsEvaluation {
  checkRows(rows, outputs)
  const slices = options.slices ?? []
  const cells = measureCells(rows, outputs, { ...options, cells: resolveSlices(rows, slices) })
  const [whole] = cells
  if (!whole) throw new TypeError('the whole population is always a cell')
  const coverage = coverageOf(rows)
  const judged = rows.task === 'binary' ? labelledScores(rows, outputs) : null
  const ranked = judged && rankScores(judged)
  return {
    ...{ schema: 2, task: rows.task, rowSet: rows.hash, split: options.split ?? 'rows' },
    sliceSet: sliceSetHash(slices),
    all: whole.measurement,
    unlabelled: coverage.immature + coverage.unobservable,
    coverage,
    thresholds: judged && ranked ? thresholdsOf(judged, ranked, options) : [],
    calibration: { binning: 'equal_count', bins: ranked ? reliability(ranked) : [] },
    slices: sliceReports(cells),
    scorer: options.scorer ?? { kind: 'table', build: 'as given' },
    methods: Object.fromEntries(
      (Object.keys(whole.estimates) as MetricName[]).map(name => [name, metricTable[name].interval]),
    ),
    harmed: harmedSlices(cells),
    discovered: discoverSlices(rows, outputs, {
      columns: options.search ?? searchedColumns(rows, slices),
      ...(options.costs ? { costs: options.costs } : {}),
    }),
    recalibrated: recalibrated(rows, outputs),
    costs: judged && options.costs ? costCurve(judged, options.costs) : null,
    folds: foldsOf(rows, outputs, options),
  }
}

function coverageOf(rows: JudgedRows): CoverageReport {
  let [matured, unobservable] = [0, 0]
  for (let row = 0; row < rows.rows; row++) {
    if (!Number.isNaN(rows.labels[row])) matured++
    else if (rows.unlabelled?.[row] === 2) unobservable++
  }
  return { rows: rows.rows, matured, immature: rows.rows - matured - unobservable, unobservable }
}

function labelledScores(
  rows: JudgedRows,
  { scores }: ModelOutputs,
): { labels: Float64Array; scores: Float64Array } {
  const known = (_: number, row: number) => !Number.isNaN(rows.labels[row])
  return { labels: rows.labels.filter(known), scores: scores.filter(known) }
}

/** Points of the reliability diagram; none where scores are no probabilities. */
export function reliability(ranked: RankedScores): ReliabilityBin[] {
  const ends = [ranked.positives[0], ranked.positives.at(-1), ranked.negatives[0], ranked.negatives.at(-1)]
  if (ends.some(score => score !== undefined && !(score >= 0 && score <= 1))) return []
  return calibrationEqualCount(ranked, calibrationBins).bins.map(bin => ({
    ...bin,
    interval: wilson(bin.positives, bin.n, intervalAlpha),
  }))
}

function sliceReports(cells: readonly MeasuredCell[]): SliceReport[] {
  const bySlice = new Map<string, MeasuredCell[]>()
  for (const found of cells.slice(1)) {
    const group = bySlice.get(found.cell.slice)
    if (group) group.push(found)
    else bySlice.set(found.cell.slice, [found])
  }
  return [...bySlice].map(([column, group]) => ({
    column,
    values: group.map(({ cell, measurement }) => ({ value: cell.value ?? cell.name, ...measurement })),
    distinct: group.length,
  }))
}

function searchedColumns(rows: JudgedRows, slices: readonly SliceData[]): string[] {
  const declared = slices.flatMap(({ of }) => (of.kind === 'column' ? [of.column] : []))
  return [...new Set(declared)].filter(name => name in rows.columns)
}
