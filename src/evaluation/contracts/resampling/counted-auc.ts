import { type Quantity, undefinedBecause } from '../../../kernel/statistics/index.ts'
import type { SortedRows } from './sorted-rows.ts'

/** Rows of weight 1 by rising score, for sums of whole numbers: these are exact in any order. */
interface CountedRows {
  /** Entity of each row, its complement for a positive; within a tie negatives come first. */
  readonly entities: Int32Array
  /** Where segments end: ties of both classes, and what lies between them in pieces. */
  readonly ends: Int32Array
  /** 1 where a segment is a tie of both classes. */
  readonly tied: Uint8Array
}

/** Rows of a piece: with at most 255 draws of each, pairs won within it stay below 2³¹. */
const pieceRows = 256

export function countRows({ count, unit, positive, ends }: SortedRows): CountedRows {
  const entities = new Int32Array(count)
  const segments: number[] = []
  const tied: number[] = []
  let begun = 0
  const close = (end: number, isTie: 0 | 1) => {
    if (end > begun) {
      segments.push(end)
      tied.push(isTie)
    }
    begun = end
  }
  for (let from = 0, to = 0; from < count; from = to) {
    while (ends[to] === 0) to++
    to++
    let [next, last] = [from, to]
    for (let at = to - 1; at >= from; at--) if (positive[at] === 1) entities[--last] = ~(unit[at] as number)
    for (let at = from; at < to; at++) if (positive[at] === 0) entities[next++] = unit[at] as number
    if (from < last && last < to) {
      close(from, 0)
      close(to, 1)
    } else while (to - begun >= pieceRows) close(begun + pieceRows, 0)
  }
  close(count, 0)
  return { entities, ends: Int32Array.from(segments), tied: Uint8Array.from(tied) }
}

/** P(s⁺ > s⁻) + ½ P(s⁺ = s⁻) with entity g counted `times[g]` times. No branch depends on a label or a count. */
export function countedAuc({ entities, ends, tied }: CountedRows, times: Uint8Array): Quantity {
  let [negatives, positives, won, at] = [0, 0, 0, 0]
  for (let segment = 0; segment < ends.length; segment++) {
    const end = ends[segment] as number
    let [plus, minus, within] = [0, 0, 0]
    for (; at < end; at++) {
      const entity = entities[at] as number
      const isPositive = entity >> 31
      const count = times[entity ^ isPositive] as number
      const ofPositive = count & isPositive
      plus = (plus + ofPositive) | 0
      minus = (minus + count - ofPositive) | 0
      within = (within + Math.imul(ofPositive, minus)) | 0
    }
    won += plus * negatives + (tied[segment] === 1 ? (plus * minus) / 2 : within)
    positives += plus
    negatives += minus
  }
  if (!(positives > 0)) return undefinedBecause('no-positives')
  return negatives > 0 ? won / (positives * negatives) : undefinedBecause('no-negatives')
}
