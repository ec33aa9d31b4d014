import { benjaminiHochberg, isDefined, normalSf } from '../../kernel/statistics/index.ts'
import { intervalOf, intervalZ } from '../metrics/estimate.ts'
import type { MeasuredCell } from '../metrics/measure-cells.ts'
import { type MetricName, metricTable } from '../metrics/metric-table.ts'
import type { HarmedSlice } from '../report.ts'

/** Metrics that compare slices fairly: none that moves with the base rate alone, as precision and log loss do. */
const judgedMetrics: readonly MetricName[] = [
  ...(['roc_auc', 'ece', 'fpr', 'recall', 'cost'] as const),
  ...(['accuracy', 'macro_f1', 'mae', 'ndcg', 'map'] as const),
]
const leastError = 1e-6

const leastQ = 0.1

type Candidate = HarmedSlice & { readonly p: number }

/**
 * Slices worse than the whole beyond noise, worst first: the interval of some metric lies wholly on the bad side of the whole's
 * value, and Benjamini-Hochberg over all slices and metrics reaches q ≤ 0.1, for among hundreds some intervals do so by chance.
 */
export function harmedSlices(cells: readonly MeasuredCell[]): HarmedSlice[] {
  const [whole, ...slices] = cells
  if (!whole) return []
  const isBinary = whole.measurement.positives !== null
  const metrics = judgedMetrics.filter(name => !(isBinary && name === 'accuracy'))
  const candidates = slices.map(cell => metrics.flatMap(metric => harmOf(metric, cell, whole)))
  const qs = benjaminiHochberg(candidates.flat().map(each => each.p))
  const byCandidate = new Map(candidates.flat().map((each, index) => [each, qs[index] ?? 1]))
  return candidates
    .flatMap(found => worstOf(found.filter(each => each.harm > 0 && (byCandidate.get(each) ?? 1) <= leastQ)))
    .map(({ p: _, ...slice }) => slice)
    .sort((a, b) => b.harm - a.harm || b.rows - a.rows || (a.slice < b.slice ? -1 : 1))
}

function worstOf(found: readonly Candidate[]): Candidate[] {
  const [first, ...others] = found
  return first ? [others.reduce((worst, each) => (each.harm > worst.harm ? each : worst), first)] : []
}

/** Also of slices that are not worse: they count among what was looked at. */
function harmOf(metric: MetricName, { cell, estimates }: MeasuredCell, whole: MeasuredCell): Candidate[] {
  const [own, all] = [estimates[metric], whole.estimates[metric]]
  if (!own || !all || !isDefined(own.value) || !isDefined(all.value)) return []
  const interval = intervalOf(metric, own)
  if ('undefined' in interval) return []
  const { better, range } = metricTable[metric]
  const isHigher = better === 'higher'
  const error = isHigher ? range[1] - all.value : all.value
  const gap = isHigher ? all.value - own.value : own.value - all.value
  const reach = isHigher ? interval.upper - own.value : own.value - interval.lower
  return [
    {
      ...{ slice: cell.name, rows: cell.rows.length, metric, value: own.value, whole: all.value, interval },
      harm: Math.max(0, gap - reach) / Math.max(leastError, error),
      p: reach > 0 ? normalSf((intervalZ * gap) / reach) : 1,
    },
  ]
}
