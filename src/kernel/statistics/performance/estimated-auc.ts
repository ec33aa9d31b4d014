import { argsort } from '../argsort.ts'
import { undefinedBecause } from '../quantity.ts'
import { compensatedSum, sumOver } from '../sum.ts'
import type { Estimate } from './estimated-confusion.ts'

/** A sum of probabilities below this is none: its square divides nothing. */
export const leastExpected = 1e-100

/**
 * Expected area under the ROC curve: ΣΣ pᵢ(1 − pⱼ)k(sᵢ, sⱼ) / (Σp · Σ(1 − p)), k = 1, ½, 0 as sᵢ is above, at or below
 * sⱼ, i = j included. One sort; rows of one score are taken together. Undefined without expected positives or negatives.
 */
export function estimatedAuc(calibrated: ArrayLike<number>, scores: ArrayLike<number>): Estimate {
  const { p, last } = risingRows(calibrated, scores)
  const [positives, negatives] = [
    sumOver(p.length, at => p[at] as number),
    sumOver(p.length, at => 1 - (p[at] as number)),
  ]
  if (positives < leastExpected) return undefinedBecause('no-expected-positives')
  if (negatives < leastExpected) return undefinedBecause('no-expected-negatives')
  const pairs = compensatedSum()
  /** By group: derivative of the numerator, and variance of its labels. */
  const [slopes, spreads] = [new Float64Array(p.length), new Float64Array(p.length)]
  let [groups, start] = [0, 0]
  let [above, below] = [positives, 0]
  for (let at = 0; at < p.length; at++) {
    if (last[at] === 0) continue
    const group = groupSums(p, start, at + 1)
    pairs.add(group.positives * (below + group.negatives / 2))
    slopes[groups] = below + group.negatives / 2 - (above - group.positives / 2)
    spreads[groups] = group.spread
    above -= group.positives
    below += group.negatives
    start = at + 1
    groups++
  }
  const estimate = pairs.total() / (positives * negatives)
  const drift = estimate * (negatives - positives)
  const variance = sumOver(groups, at => {
    const slope = ((slopes[at] as number) - drift) / (positives * negatives)
    return slope * slope * (spreads[at] as number)
  })
  return { estimate, sd: Math.sqrt(variance) }
}

/** Probabilities by rising score; `last` marks the last row of every score. */
function risingRows(calibrated: ArrayLike<number>, scores: ArrayLike<number>) {
  const order = argsort(scores)
  const p = new Float64Array(order.length)
  const last = new Uint8Array(order.length).fill(1)
  let before = Number.NaN
  for (let at = 0; at < order.length; at++) {
    const row = order[at] as number
    const score = scores[row] as number
    p[at] = calibrated[row] as number
    if (score === before) last[at - 1] = 0
    before = score
  }
  return { p, last }
}

function groupSums(p: Float64Array, from: number, to: number) {
  let [positives, negatives, spread] = [0, 0, 0]
  for (let at = from; at < to; at++) {
    const each = p[at] as number
    positives += each
    negatives += 1 - each
    spread += each * (1 - each)
  }
  return { positives, negatives, spread }
}
