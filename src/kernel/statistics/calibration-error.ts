import { FettleError } from '../errors/index.ts'
import type { RankedScores, TieGroup } from './labelled-scores.ts'
import { classTotals, tieGroups } from './labelled-scores.ts'
import type { Quantity } from './quantity.ts'
import { ratio, undefinedBecause } from './quantity.ts'

/** Rows of one bin of predicted probability. */
export interface CalibrationBin {
  readonly n: number
  readonly positives: number
  readonly meanScore: Quantity
  readonly rate: Quantity
}

export interface CalibrationError {
  /** Σ (nₖ/n)·|mean p − rate|. */
  readonly ece: Quantity
  /** Largest |mean p − rate| over bins with rows. */
  readonly mce: Quantity
  readonly bins: readonly CalibrationBin[]
}

type Binning = (group: TieGroup, rowsBelow: number) => number

/** Expected calibration error on bins of equal width: bin = min(M − 1, ⌊p·M⌋). Undefined without rows. */
export function calibrationEqualWidth(ranked: RankedScores, bins: number): CalibrationError {
  checkProbabilities(ranked)
  const counted = countBins(ranked, bins, group => Math.floor(group.score * bins))
  return { ...summarise(counted), bins: counted }
}

/**
 * Expected calibration error on bins of equal count, equal probabilities kept together:
 * bin = min(M − 1, ⌊M·(rows below + half the tie group)/n⌋). Undefined with fewer rows than bins.
 */
export function calibrationEqualCount(ranked: RankedScores, bins: number): CalibrationError {
  checkProbabilities(ranked)
  const rows = ranked.positives.length + ranked.negatives.length
  if (rows < bins) {
    const reason = undefinedBecause(rows === 0 ? 'no-rows' : 'too-few')
    return { ece: reason, mce: reason, bins: [] }
  }
  const middle: Binning = (group, below) =>
    Math.floor((bins * (below + (group.positives + group.negatives) / 2)) / rows)
  const counted = countBins(ranked, bins, middle)
  return { ...summarise(counted), bins: counted }
}

function checkProbabilities({ positives, negatives }: RankedScores): void {
  for (const scores of [positives, negatives]) {
    const wrong = [scores[0], scores.at(-1)].find(score => score !== undefined && !(score >= 0 && score <= 1))
    if (wrong !== undefined)
      throw new FettleError('NOT_A_PROBABILITY', `The score ${wrong} is not a probability`)
  }
}

function countBins(ranked: RankedScores, bins: number, binning: Binning): CalibrationBin[] {
  const n = new Float64Array(bins)
  const positives = new Float64Array(bins)
  const scores = new Float64Array(bins)
  let below = 0
  for (const group of tieGroups(ranked)) {
    const size = group.positives + group.negatives
    const bin = Math.max(0, Math.min(bins - 1, binning(group, below)))
    n[bin] = (n[bin] ?? 0) + size
    positives[bin] = (positives[bin] ?? 0) + group.positives
    scores[bin] = (scores[bin] ?? 0) + size * group.score
    below += size
  }
  return Array.from(n, (count, bin) => ({
    n: count,
    positives: positives[bin] ?? 0,
    meanScore: ratio(scores[bin] ?? 0, count, 'empty-bin'),
    rate: ratio(positives[bin] ?? 0, count, 'empty-bin'),
  }))
}

function summarise(bins: readonly CalibrationBin[]): { ece: Quantity; mce: Quantity } {
  let rows = 0
  let weighted = 0
  let largest = 0
  for (const { n, meanScore, rate } of bins) {
    if (typeof meanScore !== 'number' || typeof rate !== 'number') continue
    const gap = Math.abs(meanScore - rate)
    rows += n
    weighted += n * gap
    largest = Math.max(largest, gap)
  }
  if (rows === 0) return { ece: undefinedBecause('no-rows'), mce: undefinedBecause('no-rows') }
  return { ece: weighted / rows, mce: largest }
}

/** Murphy 1973 over distinct probabilities: brier = reliability − resolution + uncertainty. Undefined without rows. */
export function brierParts(
  ranked: RankedScores,
): Record<'reliability' | 'resolution' | 'uncertainty' | 'brier', number> | { readonly undefined: string } {
  checkProbabilities(ranked)
  const totals = classTotals(ranked)
  const n = totals.positives + totals.negatives
  if (n === 0) return undefinedBecause('no-rows')
  const base = totals.positives / n
  let reliability = 0
  let resolution = 0
  for (const { score, positives, negatives } of tieGroups(ranked)) {
    const rate = positives / (positives + negatives)
    reliability += ((positives + negatives) * (score - rate) ** 2) / n
    resolution += ((positives + negatives) * (rate - base) ** 2) / n
  }
  const uncertainty = base * (1 - base)
  return { reliability, resolution, uncertainty, brier: reliability - resolution + uncertainty }
}
