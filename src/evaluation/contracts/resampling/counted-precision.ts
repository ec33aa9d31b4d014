import { type Quantity, undefinedBecause } from '../../../kernel/statistics/index.ts'
import type { SortedRows } from './sorted-rows.ts'

/** Rows of weight 1 by falling score. */
interface FallingRows {
  /** Entity of each row, its complement for a positive. */
  readonly entities: Int32Array
  /** Where scores with a positive end, the last of all rows included: only there precision is read. */
  readonly ends: Int32Array
}

export function fallingRows({ count, unit, positive, ends }: SortedRows): FallingRows {
  const entities = new Int32Array(count)
  const read = new Int32Array(count)
  let [size, hasPositive] = [0, false]
  for (let next = 0, at = count - 1; at >= 0; next++, at--) {
    const entity = unit[at] as number
    entities[next] = positive[at] === 1 ? ~entity : entity
    hasPositive ||= positive[at] === 1
    if (at > 0 && (ends[at - 1] === 0 || !hasPositive)) continue
    read[size++] = next + 1
    hasPositive = false
  }
  return { entities, ends: read.slice(0, size) }
}

/** Average precision, Σ (Rᵢ − Rᵢ₋₁)·Pᵢ over distinct scores, with entity g counted `times[g]` times. */
export function countedPrecision({ entities, ends }: FallingRows, times: Uint8Array): Quantity {
  let [positives, rows, area, at] = [0, 0, 0, 0]
  for (let score = 0; score < ends.length; score++) {
    const end = ends[score] as number
    let [plus, all] = [0, 0]
    for (; at < end; at++) {
      const entity = entities[at] as number
      const isPositive = entity >> 31
      const count = times[entity ^ isPositive] as number
      plus = (plus + (count & isPositive)) | 0
      all = (all + count) | 0
    }
    positives += plus
    rows += all
    if (plus > 0) area += (plus * positives) / rows
  }
  return positives > 0 ? area / positives : undefinedBecause('no-positives')
}
