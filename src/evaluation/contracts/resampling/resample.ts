import type { ContractMetric } from '../../../definitions/index.ts'
import {
  type Bootstrap,
  clusterBootstrap,
  isDefined,
  type Quantity,
  type WeightedStatistic,
} from '../../../kernel/statistics/index.ts'
import { additiveMetric } from './additive.ts'
import type { EntityMetric, MetricRows } from './metric-rows.ts'
import { rankedMetric } from './ranked.ts'

/** The metric over rows whose entities may count several times. */
export function entityMetric(rows: MetricRows, metric: ContractMetric): EntityMetric {
  const found = additiveMetric(rows, metric) ?? rankedMetric(rows, metric)
  if (!found) throw new Error(`${metric} is not computed from rows`)
  return found
}

/** With every entity as it is. */
export function plainValue(metric: EntityMetric, units: number): Quantity {
  return metric.value(new Uint8Array(units).fill(1))
}

interface Draws {
  readonly seed: string
  readonly clusters: number
  readonly alpha: number
}

/** Bounds of a metric by the bootstrap over entities (releases.md §4.6). */
export function resampleMetric(
  metric: EntityMetric,
  draws: Draws,
): Bootstrap | { readonly undefined: string } {
  return clusterBootstrap({
    ...draws,
    statistic: times => metric.value(times),
    deleteOne: () => metric.deleteOne().filter(isDefined),
  })
}

/** Bounds of the harm, sign · (challenger − champion), with both models on the same draws. */
export function resampleHarm(
  {
    challenger,
    champion,
    sign,
  }: { readonly challenger: EntityMetric; readonly champion: EntityMetric; readonly sign: 1 | -1 },
  draws: Draws,
): Bootstrap | { readonly undefined: string } {
  const harm = (one: Quantity, other: Quantity): Quantity => {
    if (!isDefined(one)) return one
    return isDefined(other) ? sign * (one - other) : other
  }
  const statistic: WeightedStatistic = times => harm(challenger.value(times), champion.value(times))
  return clusterBootstrap({
    ...draws,
    statistic,
    deleteOne: () => {
      const others = champion.deleteOne()
      return challenger
        .deleteOne()
        .map((one, at) => harm(one, others[at] ?? one))
        .filter(isDefined)
    },
  })
}
