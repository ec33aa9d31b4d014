import type { Micros } from '../../kernel/time.ts'
import type { RecordBytes } from './stored-cells.ts'
import type { PlannedWindow } from './window-plan.ts'
import { rowHeader } from './window-row.ts'

/** What one feature sees of a record: its tiles [first, end) and its kept rows, by index into the visible ones. */
export interface Scope {
  readonly record: RecordBytes
  readonly aggregates: number
  readonly rows: number
  /** Offset of the kept rows. */
  readonly at: number
  readonly visible: Uint32Array
  readonly columns: number
  firstTile: number
  endTile: number
  firstRow: number
  endRow: number
}

/** A time as two words, compared without making a bigint for each. */
export interface Words {
  readonly high: number
  readonly low: number
}

export function words(time: Micros): Words {
  return { high: Number(BigInt.asIntN(64, time) >> 32n), low: Number(time & 0xffffffffn) }
}

function isBefore(view: DataView, offset: number, { high, low }: Words): boolean {
  const own = view.getInt32(offset + 4, true)
  return own < high || (own === high && view.getUint32(offset, true) < low)
}

/** Index of the first of `count` ascending times that is not before `edge`. */
export function lowerBound(view: DataView, offset: number, count: number, edge: Words): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(view, offset + middle * 8, edge)) low = middle + 1
    else high = middle
  }
  return low
}

/** Fills `visible` with the kept rows that exist at q (e < q, known ≤ q, not yet replaced); gives how many. */
export function visibleRows(
  { record: { view }, rows, at, visible }: Scope,
  { now, next }: { readonly now: Words; readonly next: Words },
  latest: boolean,
): number {
  if (rows === 0) return 0
  const end = lowerBound(view, at, rows, now)
  let count = 0
  for (let row = 0; row < end; row++) {
    const known = latest || isBefore(view, at + (rows + row) * 8, next)
    if (known && !isBefore(view, at + (rows * 2 + row) * 8, next)) visible[count++] = row
  }
  return count
}

/** Index of the first visible row that is not before `left`. */
export function firstVisible(
  { record: { view }, rows, at, visible }: Scope,
  end: number,
  left: Words,
): number {
  if (rows === 0) return 0
  const row = lowerBound(view, at, rows, left)
  let [low, high] = [0, end]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((visible[middle] ?? 0) < row) low = middle + 1
    else high = middle
  }
  return low
}

/** Does a kept row count for the feature? */
export function holds(
  { record: { bytes, view }, rows, at, columns }: Scope,
  { predicate, column }: PlannedWindow,
  row: number,
): boolean {
  if (
    predicate !== -1 &&
    ((bytes[at + rows * rowHeader + (predicate >> 3) * rows + row] ?? 0) & (1 << (predicate & 7))) === 0
  )
    return false
  return column === -1 || bytes[view.getUint32(columns + column * 4, true) + row] === 1
}

/** Offset of a column's slots among the kept rows: they follow one presence byte per row. */
export function slots({ record: { view }, rows, columns }: Scope, column: number): number {
  return rows === 0 || column === -1 ? 0 : view.getUint32(columns + column * 4, true) + rows
}

/** Offset of an aggregate's slots, one per tile. */
export function tileSlots({ record: { view }, aggregates }: Scope, aggregate: number): number {
  return view.getUint32(aggregates + aggregate * 8, true)
}

/** Has the tile a row that counts? */
export function filled(scope: Scope, { counter }: PlannedWindow, tile: number): boolean {
  return scope.record.view.getUint32(tileSlots(scope, counter) + tile * 4, true) > 0
}

/** How many rows of the scope count for the feature. */
export function countIn(scope: Scope, feature: PlannedWindow): number {
  const { view } = scope.record
  const offset = tileSlots(scope, feature.counter)
  let count = 0
  for (let tile = scope.firstTile; tile < scope.endTile; tile++)
    count += view.getUint32(offset + tile * 4, true)
  for (let i = scope.firstRow; i < scope.endRow; i++)
    if (holds(scope, feature, scope.visible[i] ?? 0)) count += 1
  return count
}

/** Calls back with every kept row of the scope that counts for the feature, in order. */
export function eachRow(scope: Scope, feature: PlannedWindow, visit: (row: number) => void): void {
  for (let i = scope.firstRow; i < scope.endRow; i++) {
    const row = scope.visible[i] ?? 0
    if (holds(scope, feature, row)) visit(row)
  }
}

/** Calls back with every filled tile of the scope: where its part starts and of how many pieces it is. */
export function eachPart(
  scope: Scope,
  feature: PlannedWindow,
  visit: (start: number, pieces: number) => void,
): void {
  const { view } = scope.record
  const offset = tileSlots(scope, feature.aggregate)
  for (let tile = scope.firstTile; tile < scope.endTile; tile++)
    visit(view.getUint32(offset + tile * 8, true), view.getUint32(offset + tile * 8 + 4, true))
}
