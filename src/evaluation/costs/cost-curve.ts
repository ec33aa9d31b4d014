import { argsort, type LabelledScores } from '../../kernel/statistics/index.ts'
import { type ErrorCosts, independentEstimates } from '../metrics/confusion-estimates.ts'
import { intervalOf } from '../metrics/estimate.ts'
import type { CostCurve, CostPoint } from '../report.ts'

const shownPoints = 100

/** Decisions at one threshold. */
interface Decided {
  readonly threshold: number
  readonly spared: number
  readonly sparedPositives: number
  readonly cost: number
}

/** Mean cost of a row at thresholds spread over the share acted on; a row is acted on iff its score is greater. */
export function costCurve({ labels, scores }: LabelledScores, costs: ErrorCosts): CostCurve {
  const n = labels.length
  let positives = 0
  for (let row = 0; row < n; row++) positives += labels[row] === 1 ? 1 : 0
  const shown: Decided[] = []
  let least: Decided | null = null
  let lastStep = -1
  for (const decided of decisions({ labels, scores }, { positives, costs })) {
    if (least === null || decided.cost < least.cost) least = decided
    const step = Math.floor((decided.spared * shownPoints) / n)
    if (step !== lastStep) shown.push(decided)
    lastStep = step
  }
  const point = ({ threshold, spared, sparedPositives, cost }: Decided): CostPoint => {
    const tp = positives - sparedPositives
    const table = { tp, fp: n - spared - tp, fn: sparedPositives, tn: spared - sparedPositives }
    const estimate = independentEstimates(table, costs).cost
    const interval = estimate ? intervalOf('cost', estimate) : { undefined: 'no-rows' }
    return { threshold, cost, interval, actionRate: (n - spared) / n }
  }
  return { ...costs, points: shown.map(point), least: least && point(least) }
}

/** From acting on every row to acting on none, a step per distinct score. */
function* decisions(
  { labels, scores }: LabelledScores,
  { positives, costs }: { readonly positives: number; readonly costs: ErrorCosts },
): Generator<Decided> {
  const order = argsort(scores)
  const n = order.length
  if (n === 0) return
  const lowest = scores[order[0] as number] as number
  const below = Math.min(0, lowest - Math.abs(lowest) * Number.EPSILON - Number.MIN_VALUE)
  yield { threshold: below, spared: 0, sparedPositives: 0, cost: (costs.falsePositive * (n - positives)) / n }
  let [spared, sparedPositives] = [0, 0]
  while (spared < n) {
    const threshold = scores[order[spared] as number] as number
    for (; spared < n && scores[order[spared] as number] === threshold; spared++)
      sparedPositives += labels[order[spared] as number] === 1 ? 1 : 0
    const falsePositives = n - spared - positives + sparedPositives
    const cost = (costs.falsePositive * falsePositives + costs.falseNegative * sparedPositives) / n
    yield { threshold, spared, sparedPositives, cost }
  }
}
