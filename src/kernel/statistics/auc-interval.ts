import type { RankedScores } from './labelled-scores.ts'
import { tieGroups } from './labelled-scores.ts'
import { normalQuantile } from './normal.ts'
import { undefinedBecause } from './quantity.ts'
import { compensatedSum } from './sum.ts'

export interface Interval {
  readonly lower: number
  readonly upper: number
}

/**
 * DeLong, DeLong & Clarke-Pearson 1988: var(AUC) = S₁₀/n⁺ + S₀₁/n⁻, with S the sample variances of the placements
 * V₁₀ (share of negatives below a positive, ties ½) and V₀₁. Interval AUC ± z(1 − α)·sd, cut to [0, 1];
 * `alpha` is one-sided. Undefined with fewer than two rows in a class.
 */
export function aucInterval(ranked: RankedScores, alpha: number): Interval | { readonly undefined: string } {
  const { positives, negatives } = ranked
  if (positives.length < 2 || negatives.length < 2) return undefinedBecause('too-few')
  const moments = placementMoments(ranked)
  const sd = Math.sqrt(
    moments.positives.variance / positives.length + moments.negatives.variance / negatives.length,
  )
  const margin = normalQuantile(1 - alpha) * sd
  const auc = moments.positives.mean
  return { lower: Math.max(0, auc - margin), upper: Math.min(1, auc + margin) }
}

interface Moments {
  readonly mean: number
  readonly variance: number
}

function placementMoments(ranked: RankedScores): { positives: Moments; negatives: Moments } {
  const ofPositives = weightedMoments()
  const ofNegatives = weightedMoments()
  let positivesBelow = 0
  let negativesBelow = 0
  for (const group of tieGroups(ranked)) {
    ofPositives.add((negativesBelow + group.negatives / 2) / ranked.negatives.length, group.positives)
    const above = ranked.positives.length - positivesBelow - group.positives
    ofNegatives.add((above + group.positives / 2) / ranked.positives.length, group.negatives)
    positivesBelow += group.positives
    negativesBelow += group.negatives
  }
  return { positives: ofPositives.result(), negatives: ofNegatives.result() }
}

/** Mean and sample variance around ½, which placements never stray far from. */
function weightedMoments(): { add(value: number, count: number): void; result(): Moments } {
  const first = compensatedSum()
  const second = compensatedSum()
  let rows = 0
  return {
    add(value, count) {
      rows += count
      first.add(count * (value - 0.5))
      second.add(count * (value - 0.5) ** 2)
    },
    result() {
      const offset = first.total() / rows
      const variance = (second.total() - rows * offset * offset) / (rows - 1)
      return { mean: 0.5 + offset, variance: Math.max(0, variance) }
    },
  }
}
