import { averageRanks } from '../../kernel/statistics/index.ts'
import { reservoir } from '../explanations/reservoir.ts'
import type { Groups } from './groups.ts'

export interface Proxy {
  readonly feature: string
  readonly group: string
  /** Of the feature as a score of belonging to the group, or of not belonging, whichever is larger. */
  readonly auc: number
}

const shownAbove = 0.75
/** More would not move an AUC by more than 0.005. */
const mostRanked = 100_000

/** A feature's known values in order: rows, and their average ranks. */
interface RankedFeature {
  readonly feature: string
  readonly rows: Int32Array
  readonly ranks: Float64Array
}

/** Ranks every feature once, for all columns of groups: over at most 100 000 of the rows, which follow from the label. */
export function rankFeatures(
  features: Readonly<Record<string, Float64Array>>,
  rows: Int32Array,
  label: string,
): readonly RankedFeature[] {
  const sample = Int32Array.from(reservoir(rows, mostRanked, label))
  return Object.entries(features).map(([feature, values]) => {
    const known = sample.filter(row => !Number.isNaN(values[row]))
    return { feature, rows: known, ranks: averageRanks(Float64Array.from(known, row => values[row] ?? 0)) }
  })
}

/**
 * Features that tell a group from the others: AUC > 0.75 of the feature, or of its negative, as a score of belonging to the
 * group; strongest first. Missing values are left out, and groups with fewer than `least` rows on either side.
 */
export function proxiesOf(
  features: readonly RankedFeature[],
  groups: Groups,
  least: number,
): readonly Proxy[] {
  return features
    .flatMap(ranked => proxiesOfFeature(ranked, groups, least))
    .sort((a, b) => b.auc - a.auc || (a.feature < b.feature ? -1 : 1))
}

/** By ranks: AUC = (R − n(n + 1)/2) / (n·m), R the sum of the group's average ranks. */
function proxiesOfFeature({ feature, rows, ranks }: RankedFeature, groups: Groups, least: number): Proxy[] {
  const sums = new Float64Array(groups.names.length)
  const sizes = new Float64Array(groups.names.length)
  rows.forEach((row, position) => {
    const group = groups.codes[row] ?? 0
    sums[group] = (sums[group] ?? 0) + (ranks[position] ?? 0)
    sizes[group] = (sizes[group] ?? 0) + 1
  })
  return groups.names.flatMap((group, index) => {
    const n = sizes[index] ?? 0
    const others = rows.length - n
    if (n < least || others < least) return []
    const auc = ((sums[index] ?? 0) - (n * (n + 1)) / 2) / (n * others)
    const either = Math.max(auc, 1 - auc)
    return either > shownAbove ? [{ feature, group, auc: either }] : []
  })
}
