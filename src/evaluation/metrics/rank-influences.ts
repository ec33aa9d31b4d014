import { argsort } from '../../kernel/statistics/index.ts'
import { binWidth, calibrationBins } from './binary-moments.ts'
import type { CellRows } from './cell-rows.ts'
import { type Influence, undefinedInfluence } from './influence.ts'

interface RankInfluences {
  readonly roc_auc: Influence
  readonly pr_auc: Influence
  /** As `RankSums.bins`. */
  readonly bins: Float64Array
}

/** The AUC by placements (DeLong), the average precision by its derivative, and the calibration bins, in one walk over scores. */
export function rankInfluences(cell: CellRows): RankInfluences {
  const classes = countClasses(cell)
  const walked = walkScores(cell, classes)
  return {
    bins: walked.bins,
    roc_auc: aucInfluence(cell, classes, walked),
    pr_auc: precisionInfluence(cell, classes, walked),
  }
}

/** Weight and rows of each class. */
interface Classes {
  readonly positives: number
  readonly negatives: number
  readonly rows: readonly [negatives: number, positives: number]
}

const weightOf = (weights: Float64Array | null, row: number): number =>
  weights ? (weights[row] as number) : 1

function countClasses({ labels, weights }: CellRows): Classes {
  let [positives, all, positiveRows] = [0, 0, 0]
  for (let row = 0; row < labels.length; row++) {
    const weight = weightOf(weights, row)
    all += weight
    if (labels[row] !== 1) continue
    positives += weight
    positiveRows++
  }
  const negativeRows = labels.length - positiveRows
  return {
    positives,
    negatives: negativeRows === 0 ? 0 : all - positives,
    rows: [negativeRows, positiveRows],
  }
}

interface Walked {
  /** Weight share of the other class that a row beats, ties ½. */
  readonly placement: Float64Array
  /** Derivative of Σ positives · precision by a row's weight. */
  readonly moved: Float64Array
  /** Σ weight · placement of positives, and Σ weight · precision. */
  readonly auc: number
  readonly area: number
  readonly bins: Float64Array
}

function walkScores({ labels, scores, weights }: CellRows, { positives, negatives }: Classes): Walked {
  const n = labels.length
  const order = argsort(scores)
  const bins = new Float64Array(calibrationBins * binWidth)
  const [placement, moved] = [new Float64Array(n), new Float64Array(n)]
  let [above, below, gained, lost, area, auc] = [positives, 0, 0, 0, 0, 0]
  for (let from = 0; from < n; ) {
    const score = scores[order[from] as number] as number
    let [to, p, q] = [from, 0, 0]
    for (; to < n && scores[order[to] as number] === score; to++) {
      const row = order[to] as number
      if (labels[row] === 1) p += weightOf(weights, row)
      else q += weightOf(weights, row)
    }
    const taken = above + negatives - below
    const precision = taken > 0 ? above / taken : 0
    gained += taken > 0 ? p / taken : 0
    lost += taken > 0 ? (p * above) / (taken * taken) : 0
    area += p * precision
    auc += (p * (below + q / 2)) / negatives
    for (let at = from; at < to; at++) {
      const row = order[at] as number
      const isPositive = labels[row] === 1
      placement[row] = isPositive ? (below + q / 2) / negatives : (above - p / 2) / positives
      moved[row] = isPositive ? precision + gained - lost : -lost
    }
    const share = (positives - above + below + (p + q) / 2) / (positives + negatives)
    countBin(bins, share, { p, q, score })
    above -= p
    below += q
    from = to
  }
  return { placement, moved, auc, area, bins }
}

function countBin(
  bins: Float64Array,
  share: number,
  { p, q, score }: { readonly p: number; readonly q: number; readonly score: number },
): void {
  const bin = binWidth * Math.min(calibrationBins - 1, Math.floor(calibrationBins * share))
  bins[bin] = (bins[bin] ?? 0) + p + q
  bins[bin + 1] = (bins[bin + 1] ?? 0) + p
  bins[bin + 2] = (bins[bin + 2] ?? 0) + (p + q) * score
}

/** Scaled by √(n/(n − 1)) in each class, as DeLong's sample variances are. */
function aucInfluence(
  { labels, weights }: CellRows,
  classes: Classes,
  { placement, auc }: Walked,
): Influence {
  const { positives, negatives, rows } = classes
  if (positives === 0) return undefinedInfluence('no-positives', labels.length)
  if (negatives === 0) return undefinedInfluence('no-negatives', labels.length)
  const value = auc / positives
  const scale = (size: number) => (size > 1 ? Math.sqrt(size / (size - 1)) : Number.NaN)
  const [ofNegative, ofPositive] = [scale(rows[0]) / negatives, scale(rows[1]) / positives]
  const influence = placement.map(
    (own, row) => weightOf(weights, row) * (own - value) * (labels[row] === 1 ? ofPositive : ofNegative),
  )
  return { value, n: labels.length, influence, factor: 1 }
}

function precisionInfluence(
  { labels, weights }: CellRows,
  { positives }: Classes,
  { moved, area }: Walked,
): Influence {
  if (positives === 0) return undefinedInfluence('no-positives', labels.length)
  const value = area / positives
  const influence = moved.map(
    (own, row) => (weightOf(weights, row) * (labels[row] === 1 ? own - value : own)) / positives,
  )
  return { value, n: labels.length, influence, factor: 1 }
}
