import {
  benjaminiHochberg,
  isDefined,
  mcnemar,
  normalSf,
  type Quantity,
} from '../../kernel/statistics/index.ts'
import type { BinaryShape } from '../metrics/binary-estimates.ts'
import { cellRows, clustersOf, rowsAt } from '../metrics/cell-rows.ts'
import { intervalZ } from '../metrics/estimate.ts'
import { type Clusters, type Influence, type Influences, meanInfluence } from '../metrics/influence.ts'
import { influencesOf } from '../metrics/measure-cells.ts'
import { type MetricName, metricTable } from '../metrics/metric-table.ts'
import type { ComparedMetric, ComparedSlice } from '../reports/comparison.ts'
import type { JudgedRows, ResolvedSlice } from '../rows.ts'
import type { CompareOptions } from './compare-models.ts'
import { decidedPairs, differenceInterval } from './differences.ts'

/** Metrics by which a slice can be harmed: those of errors, none that only describes. */
const harmMetrics = new Set<string>([
  ...(['fpr', 'recall', 'cost', 'roc_auc', 'log_loss', 'brier'] as const),
  ...(['accuracy', 'macro_f1', 'mae', 'rmse', 'ndcg', 'map'] as const),
])
const leastError = 1e-6

/** What is compared, with what each model's scores allow. */
export interface PreparedComparison extends CompareOptions {
  readonly shapes: Readonly<Record<'champion' | 'challenger', BinaryShape>>
}

/** Both models on one cell. */
export function comparedSlice(
  rows: JudgedRows,
  cell: ResolvedSlice,
  options: PreparedComparison,
): ComparedSlice {
  const [old, own] = [
    influences(rows, cell, { ...options, model: 'champion' }),
    influences(rows, cell, { ...options, model: 'challenger' }),
  ]
  const labelled = membersOf(
    rows,
    cell.rows.filter(row => !Number.isNaN(rows.labels[row])),
  )
  const all = labelled.rows.length === cell.rows.length ? labelled : membersOf(rows, cell.rows)
  const metrics = (Object.keys(own) as MetricName[]).flatMap(name => {
    const [before, after] = [old[name], own[name]]
    if (!before || !after) return []
    const members = name === 'score_mean' || name === 'action_rate' ? all : labelled
    const counted = rows.weights ? null : { ...options, labels: rows.labels, members: members.rows }
    return [comparedMetric(name, { before, after, members, counted })]
  })
  const flips = flipsOf(rows, cell, options)
  return {
    slice: cell.name,
    rows: cell.rows.length,
    matured: labelled.rows.length,
    metrics,
    flips,
    pMcNemar: flips
      ? mcnemar(flips.onlyChallenger, flips.onlyChampion).twoSided
      : { undefined: 'no-actions' },
    harm: Math.max(0, ...metrics.map(harmOf)),
  }
}

function influences(
  rows: JudgedRows,
  cell: ResolvedSlice,
  options: PreparedComparison & { readonly model: 'champion' | 'challenger' },
): Influences {
  const outputs = options[options.model]
  const own = cellRows(rows, outputs, cell.rows)
  const whole = own.labels.length === cell.rows.length ? own : rowsAt(rows, outputs, cell.rows)
  const how = { task: rows.task, shape: options.shapes[options.model], options }
  const { ece: _, base_rate: __, ...labelled } = influencesOf(own, how)
  return {
    score_mean: meanInfluence(whole.scores, whole.weights),
    ...(whole.actions && rows.task === 'binary'
      ? { action_rate: { ...meanInfluence(Float64Array.from(whole.actions), whole.weights), factor: 1 } }
      : {}),
    ...labelled,
  }
}

interface Members {
  readonly rows: Int32Array
  readonly clusters: Clusters | null
}

function membersOf(rows: JudgedRows, members: Int32Array): Members {
  return { rows: members, clusters: rows.entities ? clustersOf(rows.entities.codes, members) : null }
}

interface Pair {
  readonly before: Influence
  readonly after: Influence
  readonly members: Members
  /** Tango's interval needs whole counts. */
  readonly counted: Parameters<typeof decidedPairs>[1] | null
}

function comparedMetric(metric: MetricName, { before, after, members, counted }: Pair): ComparedMetric {
  const difference = subtract(after.value, before.value)
  const { clusters } = members
  const counts = counted && decidedPairs(metric, counted)
  const { better, range } = metricTable[metric]
  return {
    metric,
    ...{ champion: before.value, challenger: after.value, difference, better },
    interval: isDefined(difference)
      ? differenceInterval({ difference, before, after, clusters, counts, range })
      : null,
  }
}

function subtract(after: Quantity, before: Quantity): Quantity {
  if (!isDefined(after)) return after
  return isDefined(before) ? after - before : before
}

function harmOf({ metric, champion, interval, better }: ComparedMetric): number {
  if (!interval || !better || !isDefined(champion) || !harmMetrics.has(metric)) return 0
  const loss = better === 'higher' ? -interval.upper : interval.lower
  const most = metricTable[metric as MetricName].range[1]
  const error = better === 'higher' ? most - champion : champion
  return Math.max(0, loss) / Math.max(leastError, error)
}

const leastQ = 0.1

/**
 * Slices, most harmed first. Among hundreds some intervals exclude 0 by chance: harm stays only where some metric's loss
 * reaches q ≤ 0.1 by Benjamini-Hochberg over all slices and metrics of errors.
 */
export function byHarm(slices: readonly ComparedSlice[]): ComparedSlice[] {
  const ps = slices.map(slice => slice.metrics.flatMap(lossP))
  const qs = benjaminiHochberg(ps.flat())
  let next = 0
  return slices
    .map((slice, index) => {
      const own = qs.slice(next, next + (ps[index]?.length ?? 0))
      next += own.length
      return own.some(q => q <= leastQ) ? slice : { ...slice, harm: 0 }
    })
    .sort((a, b) => b.harm - a.harm || b.rows - a.rows || (a.slice < b.slice ? -1 : 1))
}

/** One-sided p of a loss, from the near half of its interval. */
function lossP({ metric, difference, interval, better }: ComparedMetric): number[] {
  if (!interval || !better || !isDefined(difference) || !harmMetrics.has(metric)) return []
  const loss = better === 'higher' ? -difference : difference
  const reach = better === 'higher' ? interval.upper - difference : difference - interval.lower
  return [reach > 0 ? normalSf((intervalZ * loss) / reach) : 1]
}

function flipsOf(
  rows: JudgedRows,
  cell: ResolvedSlice,
  { champion, challenger }: CompareOptions,
): ComparedSlice['flips'] {
  const [old, own] = [champion.actions, challenger.actions]
  if (!old || !own || rows.task !== 'binary') return null
  const counts = {
    both: 0,
    neither: 0,
    onlyChallenger: 0,
    onlyChampion: 0,
    challengerRight: 0,
    championRight: 0,
  }
  for (const row of cell.rows) {
    const [before, after, label] = [old[row], own[row], rows.labels[row]]
    if (before === after) counts[after === 1 ? 'both' : 'neither']++
    else {
      counts[after === 1 ? 'onlyChallenger' : 'onlyChampion']++
      if (!Number.isNaN(label)) counts[after === label ? 'challengerRight' : 'championRight']++
    }
  }
  return counts
}
