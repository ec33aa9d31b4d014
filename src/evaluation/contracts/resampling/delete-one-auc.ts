import { type Quantity, undefinedBecause } from '../../../kernel/statistics/index.ts'
import type { SortedRows } from './sorted-rows.ts'

/** What each entity has a part in. */
interface Parts {
  readonly positives: Float64Array
  readonly negatives: Float64Array
  /** Pairs won by a positive of the entity or against a negative of it; pairs within it count twice. */
  readonly won: Float64Array
  readonly totals: { readonly positives: number; readonly negatives: number; readonly won: number }
}

/**
 * ROC AUC without each entity, in two passes: the pairs of all rows less those the entity has a part in, more those within
 * it, which are taken away twice.
 */
export function deleteOneAuc(sorted: SortedRows): Quantity[] {
  const { positives, negatives, won, totals } = partsOf(sorted)
  const within = pairsWithin(sorted)
  return Array.from({ length: sorted.units }, (_, unit) => {
    const left = {
      positives: totals.positives - (positives[unit] as number),
      negatives: totals.negatives - (negatives[unit] as number),
    }
    if (!(left.positives > 0)) return undefinedBecause('no-positives')
    if (!(left.negatives > 0)) return undefinedBecause('no-negatives')
    const pairs = totals.won - (won[unit] as number) + (within[unit] as number)
    return pairs / (left.positives * left.negatives)
  })
}

function partsOf(sorted: SortedRows): Parts {
  const { count, units, unit, positive, ends } = sorted
  const positives = new Float64Array(units)
  const negatives = new Float64Array(units)
  const won = new Float64Array(units)
  for (let at = 0; at < count; at++) {
    const of = positive[at] === 1 ? positives : negatives
    const own = unit[at] as number
    of[own] = (of[own] as number) + weightAt(sorted, at)
  }
  const all = positives.reduce((sum, each) => sum + each, 0)
  let [below, found, total, from] = [0, 0, 0, 0]
  for (let at = 0; at < count; at++) {
    if (ends[at] === 0) continue
    const tied = tiedWeights(sorted, from, at)
    const [placement, above] = [below + tied.negatives / 2, all - found - tied.positives / 2]
    for (; from <= at; from++) {
      const own = unit[from] as number
      const share = positive[from] === 1 ? placement : above
      won[own] = (won[own] as number) + weightAt(sorted, from) * share
    }
    total += tied.positives * placement
    found += tied.positives
    below += tied.negatives
  }
  return { positives, negatives, won, totals: { positives: found, negatives: below, won: total } }
}

function tiedWeights(sorted: SortedRows, from: number, to: number): { positives: number; negatives: number } {
  let [positives, negatives] = [0, 0]
  for (let at = from; at <= to; at++) {
    if (sorted.positive[at] === 1) positives += weightAt(sorted, at)
    else negatives += weightAt(sorted, at)
  }
  return { positives, negatives }
}

function weightAt({ weight }: SortedRows, at: number): number {
  return weight === null ? 1 : (weight[at] as number)
}

/** Pairs won among the rows of each entity: negatives so far, and those of the tie that is open. */
function pairsWithin(sorted: SortedRows): Float64Array {
  const { count, units, unit, positive, ends } = sorted
  const within = new Float64Array(units)
  const below = new Float64Array(units)
  const tied = { positives: new Float64Array(units), negatives: new Float64Array(units) }
  let from = 0
  for (let at = 0; at < count; at++) {
    const own = unit[at] as number
    const of = positive[at] === 1 ? tied.positives : tied.negatives
    of[own] = (of[own] as number) + weightAt(sorted, at)
    if (ends[at] === 0) continue
    for (; from <= at; from++) {
      const closed = unit[from] as number
      const [plus, minus] = [tied.positives[closed] as number, tied.negatives[closed] as number]
      within[closed] = (within[closed] as number) + plus * ((below[closed] as number) + minus / 2)
      below[closed] = (below[closed] as number) + minus
      tied.positives[closed] = 0
      tied.negatives[closed] = 0
    }
  }
  return within
}
