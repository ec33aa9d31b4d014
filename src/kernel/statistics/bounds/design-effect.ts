import { FettleError } from '../../errors/index.ts'
import type { Proportion } from '../newcombe.ts'
import { sumOver } from '../sum.ts'
import type { PairedCounts } from './paired.ts'

/** How much repeated rows of the same entities widen a variance. */
export interface DesignEffect {
  /** max(1, cluster / iid); exactly 1 where no entity repeats or the iid variance is 0. */
  readonly deff: number
  /** Variance of the mean if all rows were independent. */
  readonly iid: number
  /** Variance of the mean with whole entities as the independent units; 0 with one entity. */
  readonly cluster: number
}

/**
 * Design effect of a mean over rows grouped by entity (Rao & Scott 1992): `sizes` are the rows and `sums` the summed values
 * of each entity, `rowVariance` the variance of one row around the mean. V_cl = G/(G − 1) · Σ (s_g − n_g·mean)²/n².
 * A single entity with several rows says nothing about others: its rows count as one.
 */
export function designEffect(
  sizes: ArrayLike<number>,
  sums: ArrayLike<number>,
  rowVariance: number,
): DesignEffect {
  if (sums.length !== sizes.length) throw new FettleError('INVALID_COUNTS', 'Entities without sizes or sums')
  const n = sumOver(sizes.length, group => sizes[group] ?? 0)
  if (n === 0) return { deff: 1, iid: 0, cluster: 0 }
  const groups = sumOver(sizes.length, group => Number((sizes[group] ?? 0) > 0))
  const mean = sumOver(sizes.length, group => sums[group] ?? 0) / n
  const spread = sumOver(sizes.length, group => ((sums[group] ?? 0) - (sizes[group] ?? 0) * mean) ** 2)
  const cluster = groups > 1 ? ((groups / (groups - 1)) * spread) / n ** 2 : 0
  const iid = rowVariance / n
  return { deff: effect({ groups, n, iid, cluster }), iid, cluster }
}

function effect(of: {
  readonly groups: number
  readonly n: number
  readonly iid: number
  readonly cluster: number
}): number {
  if (of.n === of.groups) return 1
  if (of.groups === 1) return of.n
  return of.iid === 0 ? 1 : Math.max(1, of.cluster / of.iid)
}

/** Design effect of a paired difference, from the counts of each entity. */
export function pairedDesignEffect(entities: readonly PairedCounts[]): DesignEffect {
  const total = (pick: (entity: PairedCounts) => number) =>
    sumOver(entities.length, at => pick(entities[at] as PairedCounts))
  const n = total(entity => entity.n)
  const difference = total(entity => entity.b - entity.c) / n
  const rowVariance = total(entity => entity.b + entity.c) / n - difference ** 2
  return designEffect(
    entities.map(entity => entity.n),
    entities.map(entity => entity.b - entity.c),
    rowVariance,
  )
}

/** Design effect of a rate, from the events and rows of each entity. */
export function rateDesignEffect(entities: readonly Proportion[]): DesignEffect {
  const n = sumOver(entities.length, at => entities[at]?.n ?? 0)
  const rate = sumOver(entities.length, at => entities[at]?.x ?? 0) / n
  return designEffect(
    entities.map(entity => entity.n),
    entities.map(entity => entity.x),
    rate * (1 - rate),
  )
}
