import { designEffect } from '../../kernel/statistics/index.ts'
import type { CodedColumn } from '../slices/coded-column.ts'
import { unitsOf } from './units.ts'

/** How often a thing happened among rows, and how much repeated entities widen its variance. */
export interface RateCount {
  readonly x: number
  readonly n: number
  readonly deff: number
}

/** Outcomes of two models on the same rows. */
export interface PairCount {
  readonly n: number
  /** Only the challenger acts; only the champion does. */
  readonly b: number
  readonly c: number
  readonly challengerActs: number
  readonly championActs: number
  readonly deff: number
}

export function countRate(
  rows: Int32Array,
  happened: Uint8Array | Float64Array,
  entities: CodedColumn | undefined,
): RateCount {
  const n = rows.length
  let x = 0
  for (let at = 0; at < n; at++) x += happened[rows[at] as number] as number
  return {
    x,
    n,
    deff: widening(rows, row => happened[row] as number, { entities, variance: (x / n) * (1 - x / n) }),
  }
}

export function countPairs(
  rows: Int32Array,
  { challenger, champion }: { readonly challenger: Uint8Array; readonly champion: Uint8Array },
  entities: CodedColumn | undefined,
): PairCount {
  const n = rows.length
  let [both, b, c] = [0, 0, 0]
  for (let at = 0; at < n; at++) {
    const row = rows[at] as number
    const [one, other] = [challenger[row] as number, champion[row] as number]
    if (one === 1) {
      if (other === 1) both++
      else b++
    } else if (other === 1) c++
  }
  const difference = (row: number): number => (challenger[row] as number) - (champion[row] as number)
  const variance = (b + c) / n - ((b - c) / n) ** 2
  return {
    n,
    b,
    c,
    challengerActs: both + b,
    championActs: both + c,
    deff: widening(rows, difference, { entities, variance }),
  }
}

/** Design effect of a mean over rows (releases.md §4.1); 1 where no entity repeats. */
function widening(
  rows: Int32Array,
  value: (row: number) => number,
  { entities, variance }: { readonly entities: CodedColumn | undefined; readonly variance: number },
): number {
  if (entities === undefined || rows.length === 0) return 1
  const { of, count, repeat } = unitsOf(rows, entities)
  if (!repeat) return 1
  const sizes = new Float64Array(count)
  const sums = new Float64Array(count)
  for (let at = 0; at < rows.length; at++) {
    const unit = of[at] as number
    sizes[unit] = (sizes[unit] as number) + 1
    sums[unit] = (sums[unit] as number) + value(rows[at] as number)
  }
  return designEffect(sizes, sums, variance).deff
}
