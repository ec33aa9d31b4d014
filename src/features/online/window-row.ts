import type { Micros } from '../../kernel/time.ts'
import { type CellBuffer, reserve, type Value } from '../../kernel/values/index.ts'

/** An event row of one key: `cells` are the plan's columns with −0 as +0, `holds` says which predicates are true of it. */
export interface WindowRow {
  readonly event: Micros
  /** Null counts as always known: only `knownTime: 'latest'` keeps such rows. */
  readonly known: Micros | null
  /** From this known time on another version of the event stands in its place; null: none does. */
  readonly until: Micros | null
  /** Orders rows of equal event and known time; where the source has none, by the rest of features.md §3.2. */
  readonly sequence: bigint
  readonly cells: readonly Value[]
  readonly holds: readonly boolean[]
}

/** Bytes of a kept row's times and sequence. */
export const rowHeader = 32

/** Reserves `count` zeroed slots and fills them one by one; what a slot refers to follows them. */
export function writeCells(
  out: CellBuffer,
  count: number,
  width: number,
  write: (slot: number, index: number) => void,
): void {
  const start = out.length
  reserve(out, count * width)
  out.bytes.fill(0, start, start + count * width)
  out.length += count * width
  for (let index = 0; index < count; index++) write(start + index * width, index)
}

/** Stands for "always known" and, in `until`, for "never replaced". */
export const always = -(2n ** 63n)
export const never = 2n ** 63n - 1n
