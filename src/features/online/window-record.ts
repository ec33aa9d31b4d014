import type { Micros } from '../../kernel/time.ts'
import { type CellBuffer, cellBuffer, reserve } from '../../kernel/values/index.ts'
import type { Bytes } from './ports.ts'
import { storedCell } from './stored-cells.ts'
import { roundDown, type WindowPlan } from './window-plan.ts'
import { always, never, rowHeader, type WindowRow, writeCells } from './window-row.ts'
import { sumMode, type Tile, writeAggregate } from './window-tiles.ts'

/** Rows visible at every question to come go into tiles; the others are kept as rows, with when they can be seen. */
export interface WindowRecord {
  readonly tiled: readonly WindowRow[]
  readonly kept: readonly WindowRow[]
  /** Per hop group: the least event time that can still matter; null: none is too old. */
  readonly from: readonly (Micros | null)[]
}

/** First byte of a record. */
export const recordFormat = 3
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
  out.bytes[0] = recordFormat
  out.bytes.writeUInt32LE(kept.length, 4)
  plan.groups.forEach((_, group) => {
    const starts = tiles[group] ?? []
    out.bytes.writeUInt32LE(starts.length, layout.groups + group * 8)
    out.bytes.writeUInt32LE(out.length, layout.groups + group * 8 + 4)
    reserve(out, starts.length * 8)
    for (const tile of starts) out.length = out.bytes.writeBigInt64LE(tile.start, out.length)
  })
  plan.aggregates.forEach((aggregate, index) => {
    const own = tiles[aggregate.group] ?? []
    const mode = sumMode(plan, { aggregate, tiles: own, kept })
    const offset = out.length
    writeAggregate(out, plan, { aggregate, tiles: own, mode })
    out.bytes.writeUInt32LE(offset, layout.aggregates + index * 8)
    out.bytes.writeUInt32LE(mode, layout.aggregates + index * 8 + 4)
  })
  writeRows(out, plan, { kept, columns: layout.columns })
  return Uint8Array.from(out.bytes.subarray(0, out.length))
}

/** Rows come in order of event time, so each tile is a run of them. */
function tilesOf(rows: readonly WindowRow[], hop: Micros, from: Micros | null): readonly Tile[] {
  const tiles: { start: Micros; rows: WindowRow[] }[] = []
  let current: { start: Micros; rows: WindowRow[] } | undefined
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

/**
 * The kept rows, by column: event, known, until (µs), sequence, predicate bits (one byte per row and eight predicates),
 * then per column presence bytes and slots. Where they start stands at offset 8; where each column starts, in the fixed
 * part.
 */
function writeRows(
  out: CellBuffer,
  plan: WindowPlan,
  place: { readonly kept: readonly WindowRow[]; readonly columns: number },
): void {
  const { kept } = place
  out.bytes.writeUInt32LE(out.length, 8)
  if (kept.length === 0) return
  reserve(out, kept.length * rowHeader)
  for (const row of kept) out.length = out.bytes.writeBigInt64LE(row.event, out.length)
  for (const row of kept) out.length = out.bytes.writeBigInt64LE(row.known ?? always, out.length)
  for (const row of kept) out.length = out.bytes.writeBigInt64LE(row.until ?? never, out.length)
  for (const row of kept) out.length = out.bytes.writeBigInt64LE(row.sequence, out.length)
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
