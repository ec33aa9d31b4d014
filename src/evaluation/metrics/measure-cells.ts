import { argsort, isDefined } from '../../kernel/statistics/index.ts'
import type { Measurement } from '../report.ts'
import type { JudgedRows, ModelOutputs, ResolvedSlice } from '../rows.ts'
import { type BinaryShape, binaryEstimates } from './binary-estimates.ts'
import { binaryInfluences } from './binary-influences.ts'
import { binaryMoments, type SortedRows } from './binary-moments.ts'
import { type CellRows, cellRows, clustersOf, rowsAt } from './cell-rows.ts'
import type { ErrorCosts } from './confusion-estimates.ts'
import { type Estimates, intervalOf } from './estimate.ts'
import { estimateOf, type Influences, meanInfluence, varianceOf } from './influence.ts'
import { logLosses } from './losses.ts'
import type { MetricName } from './metric-table.ts'
import { multiclassInfluences } from './multiclass-influences.ts'
import { rankingInfluences } from './ranking-influences.ts'
import { regressionInfluences } from './regression-influences.ts'
import { partitionRuns } from './runs.ts'

export interface MeasureOptions {
  readonly costs?: ErrorCosts
  /** Positions that ndcg looks at; default 10. */
  readonly k?: number
}

export interface MeasuredCell {
  readonly cell: ResolvedSlice
  readonly measurement: Measurement
  readonly estimates: Estimates
}

const defaultK = 10

/**
 * Every metric of every cell. Independent binary rows are sorted by score once; a cell is then a run of that order, so that
 * no cell is sorted again. Where entities repeat or rows weigh differently, and for other tasks, each cell's rows are copied
 * and measured with the influence of each row.
 */
export function measureCells(
  rows: JudgedRows,
  outputs: ModelOutputs,
  { cells, ...options }: MeasureOptions & { readonly cells: readonly ResolvedSlice[] },
): MeasuredCell[] {
  const all = Int32Array.from({ length: rows.rows }, (_, row) => row)
  const repeats = rows.entities ? clustersOf(rows.entities.codes, all) !== null : false
  const shape = binaryShape(outputs, options)
  if (rows.task === 'binary' && !repeats && !rows.weights) return measureRuns({ rows, outputs, shape }, cells)
  return cells.map(cell => {
    const own = cellRows(rows, outputs, cell.rows)
    const whole = own.labels.length === cell.rows.length ? own : rowsAt(rows, outputs, cell.rows)
    const estimates = clusteredEstimates(own, whole, { task: rows.task, shape, options })
    const positives = rows.task === 'binary' ? own.labels.reduce((sum, label) => sum + label, 0) : null
    const counts = { rows: cell.rows.length, matured: own.labels.length, positives }
    return measured(cell, { ...counts, effective: effectiveRows(own) }, estimates)
  })
}

/** Which metrics these outputs allow. */
export function binaryShape(outputs: ModelOutputs, { costs }: MeasureOptions): BinaryShape {
  return {
    acts: outputs.actions !== undefined,
    probabilities: outputs.scores.every(score => score >= 0 && score <= 1),
    ...(costs ? { costs } : {}),
  }
}

/** Every metric of a cell's labelled rows with the influence of each row. */
export function influencesOf(
  cell: CellRows,
  {
    task,
    shape,
    options,
  }: { readonly task: JudgedRows['task']; readonly shape: BinaryShape; readonly options: MeasureOptions },
): Influences {
  switch (task) {
    case 'binary':
      return binaryInfluences(cell, shape)
    case 'multiclass':
      return multiclassInfluences(cell)
    case 'regression':
      return regressionInfluences(cell)
    case 'ranking':
      return rankingInfluences(cell, options.k ?? defaultK)
  }
}

function clusteredEstimates(
  own: CellRows,
  whole: CellRows,
  how: Parameters<typeof influencesOf>[1],
): Estimates {
  const onAll: Influences = {
    score_mean: meanInfluence(whole.scores, whole.weights),
    ...(whole.actions && how.task === 'binary'
      ? { action_rate: { ...meanInfluence(Float64Array.from(whole.actions), whole.weights), factor: 1 } }
      : {}),
  }
  const estimates = (influences: Influences, clusters: CellRows['clusters']) =>
    Object.entries(influences).map(([name, found]) => [name, estimateOf(found, clusters)])
  return Object.fromEntries([
    ...estimates(onAll, whole.clusters),
    ...estimates(influencesOf(own, how), own.clusters),
  ]) as Estimates
}

/** Kish's (Σw)²/Σw², divided by the design effect of the clusters on the label's mean. */
function effectiveRows({ labels, weights, clusters }: CellRows): number {
  const n = labels.length
  const sums = weights ? [weights.reduce((a, w) => a + w, 0), weights.reduce((a, w) => a + w * w, 0)] : [n, n]
  const [sum = 0, squares = 0] = sums
  const effective = squares > 0 ? (sum * sum) / squares : 0
  const mean = { ...meanInfluence(labels, weights), factor: 1 }
  const [clustered, independent] = [varianceOf(mean, clusters), varianceOf(mean, null)]
  return clustered && independent ? effective / Math.max(1, clustered / independent) : effective
}

interface RunInput {
  readonly rows: JudgedRows
  readonly outputs: ModelOutputs
  readonly shape: BinaryShape
}

/** Cells of one slice are disjoint: one pass over the sorted rows puts each row into its cell. */
function measureRuns({ rows, outputs, shape }: RunInput, cells: readonly ResolvedSlice[]): MeasuredCell[] {
  const order = argsort(outputs.scores)
  const sorted = sortRows(rows, outputs, order)
  const positions = new Int32Array(rows.rows)
  for (let at = 0; at < order.length; at++) positions[order[at] as number] = at
  const found = new Map<ResolvedSlice, MeasuredCell>()
  for (const group of bySlice(cells)) {
    const cellOf = new Int32Array(rows.rows).fill(-1)
    group.forEach((cell, index) => {
      for (const row of cell.rows) cellOf[positions[row] as number] = index
    })
    const { members, starts } = partitionRuns(cellOf, group.length)
    group.forEach((cell, index) => {
      const moments = binaryMoments(sorted, { members, from: starts[index] ?? 0, to: starts[index + 1] ?? 0 })
      const matured = moments.positives + moments.negatives
      const counts = { rows: moments.rows, matured, effective: matured, positives: moments.positives }
      found.set(cell, measured(cell, counts, binaryEstimates(moments, shape)))
    })
  }
  return cells.flatMap(cell => found.get(cell) ?? [])
}

function bySlice(cells: readonly ResolvedSlice[]): ResolvedSlice[][] {
  const groups = new Map<string, ResolvedSlice[]>()
  for (const cell of cells) {
    const group = groups.get(cell.slice)
    if (group) group.push(cell)
    else groups.set(cell.slice, [cell])
  }
  return [...groups.values()]
}

function sortRows(rows: JudgedRows, outputs: ModelOutputs, order: Uint32Array): SortedRows {
  const n = order.length
  const [label, score] = [new Uint8Array(n), new Float64Array(n)]
  const action = outputs.actions ? new Uint8Array(n) : null
  for (let at = 0; at < n; at++) {
    const row = order[at] as number
    const known = rows.labels[row] as number
    label[at] = known === 0 || known === 1 ? known : 2
    score[at] = (outputs.scores[row] as number) + 0
    if (action) action[at] = outputs.actions?.[row] as number
  }
  return { label, score, action, loss: logLosses(label, score) }
}

type Counts = Pick<Measurement, 'rows' | 'matured' | 'effective' | 'positives'>

function measured(cell: ResolvedSlice, counts: Counts, estimates: Estimates): MeasuredCell {
  const names = Object.keys(estimates) as MetricName[]
  const shown = names.flatMap(name => {
    const estimate = estimates[name]
    return estimate ? [[name, estimate] as const] : []
  })
  const missing = { undefined: counts.positives === null ? 'not-binary' : 'no-rows' }
  const measurement: Measurement = {
    ...counts,
    baseRate: estimates.base_rate?.value ?? missing,
    scoreMean: estimates.score_mean?.value ?? missing,
    metrics: Object.fromEntries(shown.map(([name, { value }]) => [name, value])),
    intervals: Object.fromEntries(
      shown.map(([name, estimate]) => [
        name,
        isDefined(estimate.value) ? intervalOf(name, estimate) : estimate.value,
      ]),
    ),
  }
  return { cell, measurement, estimates }
}
