import type { RankedScores, TieGroup } from './labelled-scores.ts'
import { classTotals, tieGroups } from './labelled-scores.ts'
import type { Quantity } from './quantity.ts'
import { isDefined, undefinedBecause } from './quantity.ts'

function missingClass({ positives, negatives }: RankedScores): { readonly undefined: string } | undefined {
  if (positives.length === 0) return undefinedBecause('no-positives')
  return negatives.length === 0 ? undefinedBecause('no-negatives') : undefined
}

/**
 * Area under the ROC curve: P(s⁺ > s⁻) + ½ P(s⁺ = s⁻) over all pairs of a positive and a negative
 * (Mann-Whitney U / n⁺n⁻). Undefined when one class is missing.
 */
export function rocAuc(ranked: RankedScores): Quantity {
  const missing = missingClass(ranked)
  if (missing) return missing
  let below = 0
  let wins = 0
  for (const group of tieGroups(ranked)) {
    wins += group.positives * (below + group.negatives / 2)
    below += group.negatives
  }
  const { positives, negatives } = classTotals(ranked)
  return wins / (positives * negatives)
}

/** 2 · AUC − 1. */
export function gini(ranked: RankedScores): Quantity {
  const auc = rocAuc(ranked)
  return isDefined(auc) ? 2 * auc - 1 : auc
}

/**
 * Average precision: Σ (Rᵢ − Rᵢ₋₁) · Pᵢ over distinct scores, falling; rows of one score enter together.
 * Undefined without positives.
 */
export function prAuc(ranked: RankedScores): Quantity {
  const total = classTotals(ranked).positives
  if (total === 0) return undefinedBecause('no-positives')
  let found = 0
  let taken = 0
  let area = 0
  for (const group of fallingGroups(ranked)) {
    found += group.positives
    taken += group.positives + group.negatives
    area += (group.positives / total) * (found / taken)
  }
  return area
}

function fallingGroups(ranked: RankedScores): TieGroup[] {
  return [...tieGroups(ranked)].reverse()
}

/** Kolmogorov-Smirnov distance between the scores of the classes: max |F⁺(s) − F⁻(s)|. */
export function ksSeparation(ranked: RankedScores): Quantity {
  const missing = missingClass(ranked)
  if (missing) return missing
  const { positives, negatives } = classTotals(ranked)
  let p = 0
  let n = 0
  let distance = 0
  for (const group of tieGroups(ranked)) {
    p += group.positives
    n += group.negatives
    distance = Math.max(distance, Math.abs(p / positives - n / negatives))
  }
  return distance
}

/** Precision and recall of the k highest scores; a tie group that k cuts is shared in proportion. */
export function atK(ranked: RankedScores, k: number): { precision_at_k: Quantity; recall_at_k: Quantity } {
  const { positives, negatives } = classTotals(ranked)
  const rows = positives + negatives
  if (rows === 0)
    return { precision_at_k: undefinedBecause('no-rows'), recall_at_k: undefinedBecause('no-rows') }
  const taken = Math.min(k, rows)
  let left = taken
  let found = 0
  for (const group of fallingGroups(ranked)) {
    const size = group.positives + group.negatives
    const share = Math.min(1, left / size)
    found += share * group.positives
    left -= share * size
    if (left <= 0) break
  }
  return {
    precision_at_k: taken === 0 ? undefinedBecause('no-rows') : found / taken,
    recall_at_k: positives === 0 ? undefinedBecause('no-positives') : found / positives,
  }
}
