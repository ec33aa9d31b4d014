import type { Confusion } from '../../kernel/statistics/index.ts'

/** Rows in the order of their scores. */
export interface SortedRows {
  /** 0, 1, or 2 where there is no label (yet). */
  readonly label: Uint8Array
  readonly score: Float64Array
  /** 1 where the deployment acts; null where nothing acts. */
  readonly action: Uint8Array | null
  /** Log loss of each labelled row. */
  readonly loss: Float64Array
}

/** Positions of `SortedRows` that make up one cell, rising. */
export interface Run {
  readonly members: Int32Array
  readonly from: number
  readonly to: number
}

/** Mean and sum of squared deviations from it. */
export interface Spread {
  readonly mean: number
  readonly squares: number
}

/** Sums of one cell: all that metrics and their intervals need where rows are independent and weigh the same. */
export interface BinaryMoments {
  readonly rows: number
  readonly acted: number
  readonly score: Spread
  readonly positives: number
  readonly negatives: number
  readonly confusion: Confusion
  readonly loss: Spread
  readonly brier: Spread
  readonly ranks: RankSums
}

/** What a walk over tie groups collects. */
export interface RankSums {
  /** Placements of positives (share of negatives below, ties ½) and of negatives (share of positives above). */
  readonly ofPositives: Spread
  readonly ofNegatives: Spread
  readonly averagePrecision: number
  /** Sum of squared influences on the average precision. */
  readonly precisionSquares: number
  /** By equal-count bin, ties kept together: rows, positives, sum of scores. */
  readonly bins: Float64Array
}

export const calibrationBins = 15
/** Numbers kept per calibration bin. */
export const binWidth = 3

/** Two walks over one cell: totals first, then what is relative to them. */
export function binaryMoments(sorted: SortedRows, run: Run): BinaryMoments {
  const totals = countRun(sorted, run)
  const { rows, positives, negatives, acted, actedPositives } = totals
  const matured = positives + negatives
  const [scoreMean, lossMean, brierMean] = [
    totals.scoreSum / rows,
    totals.lossSum / matured,
    totals.brierSum / matured,
  ]
  let [scoreSquares, lossSquares, brierSquares] = [0, 0, 0]
  const { label, score, loss } = sorted
  for (let at = run.from; at < run.to; at++) {
    const member = run.members[at] as number
    const own = score[member] as number
    scoreSquares += (own - scoreMean) ** 2
    const known = label[member] as number
    if (known === 2) continue
    lossSquares += ((loss[member] as number) - lossMean) ** 2
    brierSquares += ((own - known) ** 2 - brierMean) ** 2
  }
  return {
    ...{ rows, acted, positives, negatives },
    score: { mean: scoreMean, squares: scoreSquares },
    confusion: {
      tp: actedPositives,
      fp: totals.actedNegatives,
      fn: positives - actedPositives,
      tn: negatives - totals.actedNegatives,
    },
    loss: { mean: lossMean, squares: lossSquares },
    brier: { mean: brierMean, squares: brierSquares },
    ranks: rankSums(sorted, run, { positives, negatives }),
  }
}

function countRun({ label, score, action, loss }: SortedRows, { members, from, to }: Run) {
  let [positives, negatives, acted, actedPositives, actedNegatives] = [0, 0, 0, 0, 0]
  let [scoreSum, lossSum, brierSum] = [0, 0, 0]
  for (let at = from; at < to; at++) {
    const member = members[at] as number
    const known = label[member] as number
    const acts = action === null ? 0 : (action[member] as number)
    const own = score[member] as number
    scoreSum += own
    acted += acts
    if (known === 2) continue
    lossSum += loss[member] as number
    brierSum += (own - known) ** 2
    if (known === 1) {
      positives++
      actedPositives += acts
    } else {
      negatives++
      actedNegatives += acts
    }
  }
  return {
    rows: to - from,
    ...{ positives, negatives, acted, actedPositives, actedNegatives, scoreSum, lossSum, brierSum },
  }
}

/** Placements are summed around ½, which they never stray far from. */
function rankSums(
  { label, score }: SortedRows,
  { members, from, to }: Run,
  { positives, negatives }: { readonly positives: number; readonly negatives: number },
): RankSums {
  const matured = positives + negatives
  const bins = new Float64Array(calibrationBins * binWidth)
  let [above, below] = [positives, 0]
  let [firstP, secondP, firstN, secondN] = [0, 0, 0, 0]
  let [area, gained, lost, influence, influenceSquares, lostSquares] = [0, 0, 0, 0, 0, 0]
  for (let at = from; at < to; ) {
    const own = score[members[at] as number] as number
    let [p, n] = [0, 0]
    for (; at < to && (score[members[at] as number] as number) === own; at++) {
      const known = label[members[at] as number] as number
      if (known === 1) p++
      else if (known === 0) n++
    }
    if (p + n === 0) continue
    const placement = (below + n / 2) / negatives - 0.5
    const beaten = (above - p / 2) / positives - 0.5
    firstP += p * placement
    secondP += p * placement * placement
    firstN += n * beaten
    secondN += n * beaten * beaten
    const taken = above + negatives - below
    gained += p / taken
    lost += (p * above) / (taken * taken)
    const moved = above / taken + gained - lost
    area += p * (above / taken)
    influence += p * moved
    influenceSquares += p * moved * moved
    lostSquares += n * lost * lost
    const middle = positives - above + below + (p + n) / 2
    const bin = binWidth * Math.min(calibrationBins - 1, Math.floor((calibrationBins * middle) / matured))
    bins[bin] = (bins[bin] as number) + p + n
    bins[bin + 1] = (bins[bin + 1] as number) + p
    bins[bin + 2] = (bins[bin + 2] as number) + (p + n) * own
    above -= p
    below += n
  }
  const precision = area / positives
  const squares =
    influenceSquares - 2 * precision * influence + positives * precision * precision + lostSquares
  return {
    ofPositives: spreadOf(positives, firstP, secondP),
    ofNegatives: spreadOf(negatives, firstN, secondN),
    averagePrecision: precision,
    precisionSquares: Math.max(0, squares) / (positives * positives),
    bins,
  }
}

function spreadOf(rows: number, first: number, second: number): Spread {
  const offset = first / rows
  return { mean: 0.5 + offset, squares: Math.max(0, second - rows * offset * offset) }
}
