import { isDefined, type Quantity } from '../../kernel/statistics/index.ts'
import type { MaybeInterval } from '../report.ts'
import type { Estimate } from './estimate.ts'
import type { MetricName } from './metric-table.ts'

/**
 * A metric with how much each row moves it: its derivative by the row's weight times that weight (Efron 1982, the
 * infinitesimal jackknife; for the AUC this is DeLong's placement). The sum of squares estimates the variance for
 * independent rows; sums by entity, or differences between two models on the same rows, keep that property.
 */
export interface Influence {
  readonly value: Quantity
  /** Rows (queries, for ranking) in the denominator. */
  readonly n: number
  /** By row of the cell; null where the metric is undefined or not smooth. */
  readonly influence: Float64Array | null
  /** Applied to the variance of independent rows: n/(n − 1) for means. */
  readonly factor: number
  readonly interval?: MaybeInterval
}

export type Influences = Partial<Readonly<Record<MetricName, Influence>>>

/** Entity of each row of a cell as 0 … count − 1. */
export interface Clusters {
  readonly codes: Int32Array
  readonly count: number
}

/**
 * Variance of what the influences add up to. Clustered: G/(G − 1)·Σ_g(Σ influences)² over entities that take part
 * (releases.md §4.1). null with fewer than two rows or entities.
 */
export function varianceOf(
  { influence, factor }: Pick<Influence, 'influence' | 'factor'>,
  clusters: Clusters | null,
): number | null {
  if (!influence || influence.length < 2) return null
  if (!clusters) {
    let squares = 0
    for (const value of influence) squares += value * value
    return squares * factor
  }
  const sums = new Float64Array(clusters.count)
  const takesPart = new Uint8Array(clusters.count)
  influence.forEach((value, row) => {
    const cluster = clusters.codes[row] as number
    sums[cluster] = (sums[cluster] as number) + value
    if (value !== 0) takesPart[cluster] = 1
  })
  let [groups, squares] = [0, 0]
  for (let cluster = 0; cluster < clusters.count; cluster++) {
    groups += takesPart[cluster] as number
    squares += (sums[cluster] as number) ** 2
  }
  if (groups === 0) return 0
  return groups === 1 ? null : (squares * groups) / (groups - 1)
}

/** The estimate of a metric whose rows' influences are known. */
export function estimateOf(found: Influence, clusters: Clusters | null): Estimate {
  const { value, n, interval } = found
  return {
    ...{ value, n, variance: varianceOf(found, clusters) },
    ...(interval === undefined ? {} : { interval }),
  }
}

/** A weighted mean of one value per row, and its influence: wₖ(xₖ − mean)/Σw. */
export function meanInfluence(values: Float64Array, weights: Float64Array | null): Influence {
  const n = values.length
  const weight = (row: number) => (weights ? (weights[row] as number) : 1)
  let [total, sum] = [0, 0]
  for (let row = 0; row < n; row++) {
    total += weight(row)
    sum += weight(row) * (values[row] as number)
  }
  if (!(total > 0)) return undefinedInfluence('no-rows', n)
  const mean = sum / total
  return {
    value: mean,
    n,
    influence: values.map((value, row) => (weight(row) * (value - mean)) / total),
    factor: n > 1 ? n / (n - 1) : 1,
  }
}

export function undefinedInfluence(reason: string, n: number): Influence {
  return { value: { undefined: reason }, n, influence: null, factor: 1 }
}

/** g(metric) by the chain rule. */
export function mapInfluence(
  from: Influence,
  change: (value: number) => { value: number; slope: number },
): Influence {
  if (!isDefined(from.value)) return from
  const { value, slope } = change(from.value)
  return { ...from, value, influence: from.influence?.map(each => each * slope) ?? null }
}
