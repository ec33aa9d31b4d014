import { pearson, pinball, type Quantity, quantile, spearman } from '../../kernel/statistics/index.ts'
import type { CellRows } from './cell-rows.ts'
import { intervalZ } from './estimate.ts'
import {
  type Influence,
  type Influences,
  mapInfluence,
  meanInfluence,
  undefinedInfluence,
} from './influence.ts'

/** Metrics of predicted numbers; the ranks of Spearman and the median take rows as equal, whatever they weigh. */
export function regressionInfluences({ labels, scores, weights }: CellRows): Influences {
  const n = labels.length
  const mean = (value: (label: number, prediction: number) => number): Influence =>
    meanInfluence(
      labels.map((label, row) => value(label, scores[row] as number)),
      weights,
    )
  const squared = mean((label, prediction) => (prediction - label) ** 2)
  const unranked = (value: Quantity): Influence => ({ value, n, influence: null, factor: 1 })
  return {
    mae: mean((label, prediction) => Math.abs(prediction - label)),
    rmse: mapInfluence(squared, value => {
      const root = Math.sqrt(value)
      return { value: root, slope: root === 0 ? 0 : 1 / (2 * root) }
    }),
    bias: mean((label, prediction) => prediction - label),
    r2: determination(squared, labels, weights),
    mape: labels.includes(0)
      ? undefinedInfluence('zero-label', n)
      : mean((label, prediction) => Math.abs((prediction - label) / label)),
    median_ae: median(labels.map((label, row) => Math.abs((scores[row] as number) - label)).sort()),
    pearson: unranked(pearson(labels, scores)),
    spearman: unranked(spearman(labels, scores)),
    'pinball_0.1': mean((label, prediction) => pinball(label - prediction, 0.1)),
    'pinball_0.9': mean((label, prediction) => pinball(label - prediction, 0.9)),
  }
}

/** 1 − mean squared error / variance of the label, both moved by a row. */
function determination(squared: Influence, labels: Float64Array, weights: Float64Array | null): Influence {
  const n = labels.length
  if (n < 2) return undefinedInfluence(n === 0 ? 'no-rows' : 'too-few-rows', n)
  const centre = meanInfluence(labels, weights).value
  const spread = meanInfluence(
    labels.map(label => (label - (typeof centre === 'number' ? centre : 0)) ** 2),
    weights,
  )
  if (typeof squared.value !== 'number' || typeof spread.value !== 'number') return squared
  if (spread.value === 0) return undefinedInfluence('constant-label', n)
  const [share, of] = [squared.value / spread.value, spread.value]
  return {
    ...{ value: 1 - share, n, factor: squared.factor },
    influence: labels.map(
      (_, row) => -((squared.influence?.[row] ?? 0) - share * (spread.influence?.[row] ?? 0)) / of,
    ),
  }
}

/** The median with the values whose ranks hold it: n/2 ± z·√n/2 (binomial, normal). */
function median(ascending: Float64Array): Influence {
  const n = ascending.length
  const margin = (intervalZ * Math.sqrt(n)) / 2
  const [low, high] = [Math.floor(n / 2 - margin) - 1, Math.ceil(n / 2 + margin)]
  const known = low >= 0 && high < n
  return {
    ...{ value: quantile(ascending, 0.5), n, influence: null, factor: 1 },
    interval: known
      ? { lower: ascending[low] as number, upper: ascending[high] as number }
      : { undefined: 'too-few' },
  }
}
