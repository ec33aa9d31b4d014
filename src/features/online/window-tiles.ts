import type { Micros } from '../../kernel/time.ts'
import { type CellBuffer, parseType, reserve, type Value, valueOrder } from '../../kernel/values/index.ts'

import { countValues } from './counted-values.ts'
import { condense } from './exact-sum.ts'
import { storedCell } from './stored-cells.ts'
import { addValue, noMoments, writeMoments } from './window-moments.ts'
import type { Aggregate, AggregateKind, WindowPlan } from './window-plan.ts'
import { always, type WindowRow, writeCells } from './window-row.ts'

/** The rows of one key in one hop. */
export interface Tile {
  readonly start: Micros
  readonly rows: readonly WindowRow[]
}

/** Marks a sum that is kept as a plain double because every sum of its values is exact in one. */
export const plain = 1
/** int64: 16-byte integers; floats: (offset, count) of exact terms. */
const wide = 2
/** Values that are multiples of 2⁻¹⁰ and whose magnitudes sum up below 2⁴³ add without rounding in any order. */
const fractionUnits = 1024

/** What an end (the first or last value) has before its cell: event, known, sequence. */
export const endHeader = 24

interface Partials {
  readonly aggregate: Aggregate
  readonly tiles: readonly Tile[]
  readonly mode: number
}

/** Does the row count for the aggregate: predicate true, and a value where one is needed? */
function counts({ predicate, column }: Pick<Aggregate, 'predicate' | 'column'>, row: WindowRow): boolean {
  return (predicate === -1 || row.holds[predicate] === true) && (column === -1 || row.cells[column] !== null)
}

function* valuesOf(aggregate: Aggregate, rows: readonly WindowRow[]): Generator<Value> {
  for (const row of rows) if (counts(aggregate, row)) yield row.cells[aggregate.column] ?? null
}

/** How a sum is kept; 0 for everything else. */
export function sumMode(
  plan: WindowPlan,
  { aggregate, tiles, kept }: Omit<Partials, 'mode'> & { readonly kept: readonly WindowRow[] },
): number {
  if (aggregate.kind !== 'sum') return 0
  const float = isFloat(typeOf(plan, aggregate))
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

const typeOf = (plan: WindowPlan, { column }: Aggregate): string => plan.columns[column]?.type ?? 'int64'

export function isFloat(type: string): boolean {
  const node = parseType(type)
  return node.kind === 'scalar' && node.name.startsWith('float')
}

/** Writes one slot per tile; what does not fit a slot follows. */
export function writeAggregate(out: CellBuffer, plan: WindowPlan, partials: Partials): void {
  writers[partials.aggregate.kind](out, typeOf(plan, partials.aggregate), partials)
}

const writers: Readonly<Record<AggregateKind, (out: CellBuffer, type: string, partials: Partials) => void>> =
  {
    count: writeCounts,
    sum: writeSums,
    moments: writeMomentsOf,
    min: writeExtremes,
    max: writeExtremes,
    newest: writeNewest,
    first: writeOneEnd,
    last: writeOneEnd,
    firsts: (out, type, { aggregate, tiles }) =>
      writeEach(out, tiles, rows => writeEnds(out, type, { aggregate, rows })),
    lasts: (out, type, { aggregate, tiles }) =>
      writeEach(out, tiles, rows => writeEnds(out, type, { aggregate, rows })),
    least: (out, type, { aggregate, tiles }) =>
      writeEach(out, tiles, rows => writeLeading(out, type, { aggregate, rows })),
    greatest: (out, type, { aggregate, tiles }) =>
      writeEach(out, tiles, rows => writeLeading(out, type, { aggregate, rows })),
    values: (out, type, { aggregate, tiles }) =>
      writeEach(out, tiles, rows => writeDistinct(out, type, valuesOf(aggregate, rows))),
  }

function writeMomentsOf(out: CellBuffer, _type: string, { aggregate, tiles }: Partials): void {
  writeEach(out, tiles, rows => {
    const moments = noMoments()
    for (const value of valuesOf(aggregate, rows)) addValue(moments, value)
    writeMoments(out, moments)
    return 1
  })
}

function writeNewest(out: CellBuffer, _type: string, { aggregate, tiles }: Partials): void {
  writeCells(out, tiles.length, 8, (slot, index) => {
    const row = tiles[index]?.rows.findLast(each => counts(aggregate, each))
    if (row) out.bytes.writeBigInt64LE(row.event, slot)
  })
}

/** A slot of each tile says where its part starts and of how many pieces it is. */
function writeEach(
  out: CellBuffer,
  tiles: readonly Tile[],
  write: (rows: readonly WindowRow[]) => number,
): void {
  writeCells(out, tiles.length, 8, (slot, index) => {
    const start = out.length
    const pieces = write(tiles[index]?.rows ?? [])
    out.bytes.writeUInt32LE(start, slot)
    out.bytes.writeUInt32LE(pieces, slot + 4)
  })
}

function writeCounts(out: CellBuffer, _type: string, { aggregate, tiles }: Partials): void {
  reserve(out, tiles.length * 4)
  for (const { rows } of tiles) {
    let n = 0
    for (const row of rows) if (counts(aggregate, row)) n += 1
    out.length = out.bytes.writeUInt32LE(n, out.length)
  }
}

function writeSums(out: CellBuffer, type: string, { aggregate, tiles, mode }: Partials): void {
  if (mode === plain) {
    reserve(out, tiles.length * 8)
    for (const { rows } of tiles) {
      let sum = 0
      for (const value of valuesOf(aggregate, rows)) sum += Number(value)
      out.length = out.bytes.writeDoubleLE(sum, out.length)
    }
  } else if (isFloat(type)) {
    writeEach(out, tiles, rows => {
      const terms = condense(valuesOf(aggregate, rows) as Iterable<number>)
      reserve(out, terms.length * 8)
      for (const term of terms) out.length = out.bytes.writeDoubleLE(term, out.length)
      return terms.length
    })
  } else {
    const cell = storedCell('decimal(38,0)')
    writeCells(out, tiles.length, cell.width, (slot, index) => {
      let sum = 0n
      for (const value of valuesOf(aggregate, tiles[index]?.rows ?? [])) sum += value as bigint
      cell.write(out, 0, slot, sum)
    })
  }
}

function writeExtremes(out: CellBuffer, type: string, { aggregate, tiles }: Partials): void {
  const [cell, order, sign] = [storedCell(type), valueOrder(type), aggregate.kind === 'min' ? -1 : 1]
  writeCells(out, tiles.length, cell.width, (slot, index) => {
    let best: Value = null
    for (const value of valuesOf(aggregate, tiles[index]?.rows ?? []))
      if (best === null || order(value, best) * sign > 0) best = value
    if (best !== null) cell.write(out, 0, slot, best)
  })
}

function writeOneEnd(out: CellBuffer, type: string, { aggregate, tiles }: Partials): void {
  const cell = storedCell(type)
  writeCells(out, tiles.length, endHeader + cell.width, (slot, index) => {
    const rows = tiles[index]?.rows ?? []
    const row =
      aggregate.kind === 'first'
        ? rows.find(each => counts(aggregate, each))
        : rows.findLast(each => counts(aggregate, each))
    if (row === undefined) return
    writePlace(out, slot, row)
    cell.write(out, 0, slot + endHeader, row.cells[aggregate.column] ?? null)
  })
}

function writePlace(out: CellBuffer, slot: number, row: WindowRow): void {
  out.bytes.writeBigInt64LE(row.event, slot)
  out.bytes.writeBigInt64LE(row.known ?? always, slot + 8)
  out.bytes.writeBigInt64LE(row.sequence, slot + 16)
}

interface TileRows {
  readonly aggregate: Aggregate
  readonly rows: readonly WindowRow[]
}

function writeEnds(out: CellBuffer, type: string, { aggregate, rows }: TileRows): number {
  const cell = storedCell(type)
  const counted = rows.filter(row => counts(aggregate, row))
  const ends = aggregate.kind === 'firsts' ? counted.slice(0, aggregate.k) : counted.slice(-aggregate.k)
  writeCells(out, ends.length, endHeader + cell.width, (slot, index) => {
    const row = ends[index]
    if (row === undefined) return
    writePlace(out, slot, row)
    cell.write(out, 0, slot + endHeader, row.cells[aggregate.column] ?? null)
  })
  return ends.length
}

function writeLeading(out: CellBuffer, type: string, { aggregate, rows }: TileRows): number {
  const [cell, order] = [storedCell(type), valueOrder(type)]
  const sign = aggregate.kind === 'least' ? 1 : -1
  const leading = [...valuesOf(aggregate, rows)]
    .sort((left, right) => order(left, right) * sign)
    .slice(0, aggregate.k)
  writeCells(out, leading.length, cell.width, (slot, index) =>
    cell.write(out, 0, slot, leading[index] ?? null),
  )
  return leading.length
}

function writeDistinct(out: CellBuffer, type: string, values: Iterable<Value>): number {
  const cell = storedCell(type)
  const distinct = countValues(type)
  for (const value of values) distinct.add(value, 1)
  const found = distinct.entries()
  writeCells(out, found.length, 4 + cell.width, (slot, index) => {
    const each = found[index]
    if (each === undefined) return
    out.bytes.writeUInt32LE(each.count, slot)
    cell.write(out, 0, slot + 4, each.value)
  })
  return found.length
}
