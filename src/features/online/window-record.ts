import type { Micros } from '../../kernel/time.ts'
import {
  type CellBuffer,
  cellBuffer,
  parseType,
  reserve,
  type Value,
  valueOrder,
} from '../../kernel/values/index.ts'
import { condense } from './exact-sum.ts'
import type { Bytes } from './ports.ts'
import { storedCell } from './stored-cells.ts'
import { type Aggregate, roundDown, type WindowPlan } from './window-plan.ts'

/** An event row of one key: `cells` are the plan's columns with −0 as +0, `holds` says which predicates are true of it. */
export interface WindowRow {
  readonly event: Micros
  /** Null counts as always known: only `knownTime: 'latest'` keeps such rows. */
  readonly known: Micros | null
  /** From this known time on another version of the event stands in its place; null: none does. */
  readonly until: Micros | null
  readonly cells: readonly Value[]
  readonly holds: readonly boolean[]
}

/** Rows visible at every question to come go into tiles; the others are kept as rows, with when they can be seen. */
export interface WindowRecord {
  readonly tiled: readonly WindowRow[]
  readonly kept: readonly WindowRow[]
  /** Per hop group: the least event time that can still matter; null: none is too old. */
  readonly from: readonly (Micros | null)[]
}

const format = 2
/** Marks a sum that is kept as a plain double because every sum of its values is exact in one. */
export const plain = 1
/** int64: 16-byte integers; floats: (offset, count) of exact terms. */
export const wide = 2
/** Values that are multiples of 2⁻¹⁰ and whose magnitudes sum up below 2⁴³ add without rounding in any order. */
const fractionUnits = 1024

/** Offsets in the fixed part of a record; all that depends on the plan only. */
export function recordLayout(plan: WindowPlan) {
  const groups = 12
  const aggregates = groups + plan.groups.length * 8
  const columns = aggregates + plan.aggregates.length * 8
  return { groups, aggregates, columns, end: columns + plan.columns.length * 4 }
}

/** Rows of a record, in the order of §3.2, as the bytes of one key; undefined when there is nothing to keep. */
export function encodeWindow(plan: WindowPlan, { tiled, kept, from }: WindowRecord): Bytes | undefined {
  const tiles = plan.groups.map(({ hop }, group) => tilesOf(tiled, hop, from[group] ?? null))
  if (kept.length === 0 && tiles.every(each => each.length === 0)) return undefined
  const layout = recordLayout(plan)
  const out = cellBuffer(1024)
  out.length = layout.end
  out.bytes.fill(0, 0, layout.end)
  out.bytes[0] = format
  out.bytes.writeUInt32LE(kept.length, 4)
  plan.groups.forEach((_, group) => {
    const starts = tiles[group] ?? []
    out.bytes.writeUInt32LE(starts.length, layout.groups + group * 8)
    out.bytes.writeUInt32LE(out.length, layout.groups + group * 8 + 4)
    reserve(out, starts.length * 8)
    for (const tile of starts) out.length = out.bytes.writeBigInt64LE(tile.start, out.length)
  })
  plan.aggregates.forEach((aggregate, index) => {
    const mode = sumMode(plan, aggregate, tiles[aggregate.group] ?? [], kept)
    const offset = out.length
    writeAggregate(out, plan, { aggregate, tiles: tiles[aggregate.group] ?? [], mode })
    out.bytes.writeUInt32LE(offset, layout.aggregates + index * 8)
    out.bytes.writeUInt32LE(mode, layout.aggregates + index * 8 + 4)
  })
  writeRows(out, plan, { kept, columns: layout.columns })
  return Uint8Array.from(out.bytes.subarray(0, out.length))
}

interface Tile {
  readonly start: Micros
  readonly rows: WindowRow[]
}

/** Rows come in order of event time, so each tile is a run of them. */
function tilesOf(rows: readonly WindowRow[], hop: Micros, from: Micros | null): readonly Tile[] {
  const tiles: Tile[] = []
  let current: Tile | undefined
  for (const row of rows) {
    if (from !== null && row.event < from) continue
    if (current === undefined || row.event >= current.start + hop) {
      current = { start: roundDown(row.event, hop), rows: [] }
      tiles.push(current)
    }
    current.rows.push(row)
  }
  return tiles
}

/** Does the row count for the aggregate: predicate true, and a value where one is needed? */
function counts({ predicate, column }: Aggregate, row: WindowRow): boolean {
  return (predicate === -1 || row.holds[predicate] === true) && (column === -1 || row.cells[column] !== null)
}

function* valuesOf(aggregate: Aggregate, rows: readonly WindowRow[]): Generator<Value> {
  for (const row of rows) if (counts(aggregate, row)) yield row.cells[aggregate.column] ?? null
}

function sumMode(
  plan: WindowPlan,
  aggregate: Aggregate,
  tiles: readonly Tile[],
  kept: readonly WindowRow[],
): number {
  if (aggregate.kind !== 'sum') return 0
  const float = isFloat(plan, aggregate)
  const limit = float ? 2 ** 53 / fractionUnits : 2 ** 53
  let magnitude = 0
  for (const rows of [...tiles.map(tile => tile.rows), kept]) {
    for (const value of valuesOf(aggregate, rows)) {
      const number = Number(value)
      magnitude += Math.abs(number)
      if (!(magnitude < limit) || (float && !Number.isInteger(number * fractionUnits))) return wide
    }
  }
  return plain
}

export function isFloat(plan: WindowPlan, aggregate: Pick<Aggregate, 'column'>): boolean {
  const node = parseType(plan.columns[aggregate.column]?.type ?? 'int64')
  return node.kind === 'scalar' && node.name.startsWith('float')
}

interface Partials {
  readonly aggregate: Aggregate
  readonly tiles: readonly Tile[]
  readonly mode: number
}

function writeAggregate(out: CellBuffer, plan: WindowPlan, partials: Partials): void {
  const { aggregate, tiles } = partials
  if (aggregate.kind === 'count') {
    reserve(out, tiles.length * 4)
    for (const { rows } of tiles) {
      let n = 0
      for (const row of rows) if (counts(aggregate, row)) n += 1
      out.length = out.bytes.writeUInt32LE(n, out.length)
    }
  } else if (aggregate.kind === 'sum') writeSums(out, plan, partials)
  else if (aggregate.kind === 'min' || aggregate.kind === 'max') writeExtremes(out, plan, partials)
  else writeEnds(out, plan, partials)
}

function writeSums(out: CellBuffer, plan: WindowPlan, { aggregate, tiles, mode }: Partials): void {
  if (mode === plain) {
    reserve(out, tiles.length * 8)
    for (const { rows } of tiles) {
      let sum = 0
      for (const value of valuesOf(aggregate, rows)) sum += Number(value)
      out.length = out.bytes.writeDoubleLE(sum, out.length)
    }
  } else if (isFloat(plan, aggregate)) writeTerms(out, aggregate, tiles)
  else {
    const cell = storedCell('decimal(38,0)')
    writeCells(out, tiles.length, cell.width, (slot, index) => {
      let sum = 0n
      for (const value of valuesOf(aggregate, tiles[index]?.rows ?? [])) sum += value as bigint
      cell.write(out, 0, slot, sum)
    })
  }
}

function writeTerms(out: CellBuffer, aggregate: Aggregate, tiles: readonly Tile[]): void {
  writeCells(out, tiles.length, 8, (slot, index) => {
    const terms = condense(valuesOf(aggregate, tiles[index]?.rows ?? []) as Iterable<number>)
    out.bytes.writeUInt32LE(out.length, slot)
    out.bytes.writeUInt32LE(terms.length, slot + 4)
    reserve(out, terms.length * 8)
    for (const term of terms) out.length = out.bytes.writeDoubleLE(term, out.length)
  })
}

/** Reserves `count` zeroed slots and fills them one by one; what a slot refers to follows them. */
function writeCells(
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

function writeExtremes(out: CellBuffer, plan: WindowPlan, { aggregate, tiles }: Partials): void {
  const type = plan.columns[aggregate.column]?.type ?? ''
  const [cell, order, sign] = [storedCell(type), valueOrder(type), aggregate.kind === 'min' ? -1 : 1]
  writeCells(out, tiles.length, cell.width, (slot, index) => {
    let best: Value = null
    for (const value of valuesOf(aggregate, tiles[index]?.rows ?? []))
      if (best === null || order(value, best) * sign > 0) best = value
    if (best !== null) cell.write(out, 0, slot, best)
  })
}

/** Per tile: event and known time of the first or last row with a value, then the value. */
function writeEnds(out: CellBuffer, plan: WindowPlan, { aggregate, tiles }: Partials): void {
  const cell = storedCell(plan.columns[aggregate.column]?.type ?? '')
  writeCells(out, tiles.length, 16 + cell.width, (slot, index) => {
    const rows = tiles[index]?.rows ?? []
    const row =
      aggregate.kind === 'first'
        ? rows.find(each => counts(aggregate, each))
        : rows.findLast(each => counts(aggregate, each))
    if (row === undefined) return
    out.bytes.writeBigInt64LE(row.event, slot)
    out.bytes.writeBigInt64LE(row.known ?? always, slot + 8)
    cell.write(out, 0, slot + 16, row.cells[aggregate.column] ?? null)
  })
}

/** Stands for "always known" and, in `until`, for "never replaced". */
export const always = -(2n ** 63n)
export const never = 2n ** 63n - 1n

/**
 * The kept rows, by column: event, known, until (µs), predicate bits (one byte per row and eight predicates), then per
 * column presence bytes and slots. Where they start stands at offset 8; where each column starts, in the fixed part.
 */
function writeRows(
  out: CellBuffer,
  plan: WindowPlan,
  place: { readonly kept: readonly WindowRow[]; readonly columns: number },
): void {
  const { kept } = place
  out.bytes.writeUInt32LE(out.length, 8)
  if (kept.length === 0) return
  reserve(out, kept.length * 24)
  for (const row of kept) out.length = out.bytes.writeBigInt64LE(row.event, out.length)
  for (const row of kept) out.length = out.bytes.writeBigInt64LE(row.known ?? always, out.length)
  for (const row of kept) out.length = out.bytes.writeBigInt64LE(row.until ?? never, out.length)
  for (let first = 0; first < plan.predicates.length; first += 8) {
    reserve(out, kept.length)
    for (const row of kept)
      out.bytes[out.length++] = row.holds
        .slice(first, first + 8)
        .reduce((bits, holds, bit) => bits | (holds ? 1 << bit : 0), 0)
  }
  plan.columns.forEach(({ type }, column) => {
    out.bytes.writeUInt32LE(out.length, place.columns + column * 4)
    reserve(out, kept.length)
    for (const row of kept) out.bytes[out.length++] = row.cells[column] === null ? 0 : 1
    const cell = storedCell(type)
    writeCells(out, kept.length, cell.width, (slot, index) => {
      const value = kept[index]?.cells[column] ?? null
      if (value !== null) cell.write(out, 0, slot, value)
    })
  })
}
