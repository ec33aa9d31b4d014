import { confusion } from '../../kernel/statistics/index.ts'
import { type BinaryShape, calibrationEstimate } from './binary-estimates.ts'
import type { CellRows } from './cell-rows.ts'
import { confusionMetrics, type Gradient } from './confusion-estimates.ts'
import { designEffectOf } from './estimate.ts'
import {
  type Influence,
  type Influences,
  meanInfluence,
  undefinedInfluence,
  varianceOf,
} from './influence.ts'
import { logLosses } from './losses.ts'
import { type MetricName, metricTable } from './metric-table.ts'
import { rankInfluences } from './rank-influences.ts'

/** Every binary metric of labelled rows with the influence of each row. */
export function binaryInfluences(cell: CellRows, shape: BinaryShape): Influences {
  const { bins, ...ranks } = rankInfluences(cell)
  const baseRate: Influence = { ...meanInfluence(cell.labels, cell.weights), factor: 1 }
  return {
    ...(cell.actions && shape.acts ? decisionInfluences(cell, cell.actions, shape) : {}),
    base_rate: baseRate,
    ...ranks,
    ...probabilityInfluences(cell, { ...shape, bins, baseRate }),
  }
}

function decisionInfluences(cell: CellRows, actions: Uint8Array, shape: BinaryShape): Influences {
  const { labels, weights } = cell
  const sizes = confusionMetrics(confusion({ labels, actions }), shape.costs)
  const weighed = confusion({ labels, actions, weights: weights ?? undefined })
  const kinds = actions.map((acts, row) => (acts === 1 ? 0 : 2) + (labels[row] === 1 ? 0 : 1))
  const found = Object.entries(confusionMetrics(weighed, shape.costs)).map(([name, { value, gradient }]) => {
    const n = sizes[name]?.n ?? labels.length
    if (gradient === null) return [name, { value, n, influence: null, factor: 1 }]
    const influence = influenceByKind(kinds, weights, gradient)
    const isRate = metricTable[name as MetricName].interval === 'wilson'
    return [name, { value, n, influence, factor: isRate || n < 2 ? 1 : n / (n - 1) }]
  })
  const { base_rate: _, ...decided } = Object.fromEntries(found) as Influences
  return decided
}

function influenceByKind(kinds: Uint8Array, weights: Float64Array | null, gradient: Gradient): Float64Array {
  const influence = new Float64Array(kinds.length)
  const moved = Float64Array.from(gradient)
  for (let row = 0; row < kinds.length; row++)
    influence[row] = (weights ? (weights[row] as number) : 1) * (moved[kinds[row] as number] as number)
  return influence
}

function probabilityInfluences(
  { labels, scores, weights, clusters }: CellRows,
  shape: BinaryShape & { readonly bins: Float64Array; readonly baseRate: Influence },
): Influences {
  const n = labels.length
  if (!shape.probabilities) {
    const none = undefinedInfluence('not-a-probability', n)
    return { log_loss: none, brier: none, ece: none }
  }
  const { value, variance } = { value: shape.baseRate.value, variance: varianceOf(shape.baseRate, clusters) }
  const designEffect = typeof value === 'number' ? designEffectOf(value, { value, n, variance }) : 1
  const ece = calibrationEstimate(shape.bins, { rows: n, designEffect })
  return {
    log_loss: meanInfluence(logLosses(labels, scores), weights),
    brier: meanInfluence(
      scores.map((score, row) => (score - (labels[row] as number)) ** 2),
      weights,
    ),
    ece: {
      ...{ value: ece.value, n, influence: null, factor: 1 },
      ...(ece.interval === undefined ? {} : { interval: ece.interval }),
    },
  }
}
