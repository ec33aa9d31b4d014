import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import { compareRows, lookupCodec } from './lookup-record.ts'
import type { Bytes } from './ports.ts'
import { positive } from './predicate.ts'
import type { WindowPlan } from './window-plan.ts'
import type { WindowRow } from './window-row.ts'

/** A written event as a key of a window view keeps it; `cells` are by the view's columns. */
export interface LiveRow {
  readonly event: Micros
  readonly known: Micros | null
  /** From this known time on another version stands in its place; null: none does. */
  readonly until: Micros | null
  /** Ingest sequence: names the row. Null only for rows that were not accepted by Fettle. */
  readonly sequence: bigint | null
  readonly cells: readonly Value[]
}

/** A key's tail: what was written last, as rows, and what the key's runs hold. */
export interface Tail {
  /** Counts writes, so that a writer sees whether another came first. */
  readonly revision: number
  /** Greatest sequence ever written to the key. */
  readonly newest: bigint
  /** Rows in each run. */
  readonly runs: readonly number[]
  /** Rows in the tail itself. */
  readonly count: number
  /** Those rows, encoded. */
  readonly rows: Bytes
}

/** First byte of a tail, which tells it from a window record. */
export const tailFormat = 0x10
const fixed = 20
const noSequence = -(2n ** 63n)

/** How many runs the record of a key refers to; 0 for everything but a tail with runs. */
export function runsOf(bytes: Bytes | undefined): number {
  return bytes !== undefined && bytes[0] === tailFormat ? (bytes[1] ?? 0) : 0
}

export const emptyTail: Tail = {
  revision: 0,
  newest: noSequence,
  runs: [],
  count: 0,
  rows: new Uint8Array(0),
}

export function encodeTail({ revision, newest, runs, count, rows }: Tail): Bytes {
  const bytes = Buffer.alloc(fixed + runs.length * 4 + rows.length)
  bytes[0] = tailFormat
  bytes[1] = runs.length
  bytes.writeUInt32LE(count, 4)
  bytes.writeUInt32LE(revision >>> 0, 8)
  bytes.writeBigInt64LE(newest, 12)
  for (const [index, size] of runs.entries()) bytes.writeUInt32LE(size, fixed + index * 4)
  bytes.set(rows, fixed + runs.length * 4)
  return bytes
}

export function decodeTail(bytes: Bytes): Tail {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const runs = Array.from({ length: view[1] ?? 0 }, (_, index) => view.readUInt32LE(fixed + index * 4))
  return {
    revision: view.readUInt32LE(8),
    newest: view.readBigInt64LE(12),
    runs,
    count: view.readUInt32LE(4),
    rows: bytes.subarray(fixed + runs.length * 4),
  }
}

/** Rows as bytes that can be strung together. */
export interface LiveCodec {
  encode(rows: readonly LiveRow[]): Bytes
  decode(bytes: Bytes): LiveRow[]
  /** Rows in the order of features.md §3.2, in the form windows are made of. */
  windowRows(rows: readonly LiveRow[]): readonly WindowRow[]
}

export function liveCodec(
  windows: WindowPlan,
  columns: readonly { readonly name: string; readonly type: string }[],
): LiveCodec {
  const codec = lookupCodec(['timestamp', ...columns.map(column => column.type)], {
    at: 'at',
    knownTime: 'latest',
  })
  const place = (name: string): number => columns.findIndex(column => column.name === name)
  const cellsAt = windows.columns.map(column => place(column.name))
  const tests = windows.predicates.map(({ column, holds }) => ({ at: place(column), holds }))
  const windowRow = (row: LiveRow, ordinal: number): WindowRow => ({
    event: row.event,
    known: row.known,
    until: row.until,
    sequence: row.sequence ?? noSequence + BigInt(ordinal),
    cells: cellsAt.map(at => positive(row.cells[at] ?? null)),
    holds: tests.map(({ at, holds }) => holds(row.cells[at] ?? null)),
  })
  return {
    encode: rows =>
      codec
        .encode(rows.map(row => ({ ...row, deleted: false, cells: [row.until, ...row.cells] })))
        .subarray(1),
    decode: bytes => {
      if (bytes.length === 0) return []
      const framed = Buffer.alloc(bytes.length + 1)
      framed.set(bytes, 1)
      return codec.decode(framed).map(({ event, known, sequence, cells }) => ({
        event,
        known,
        sequence,
        until: (cells[0] ?? null) as Micros | null,
        cells: cells.slice(1),
      }))
    },
    windowRows: rows => sortRows(rows).map(windowRow),
  }
}

function sortRows(rows: readonly LiveRow[]): readonly LiveRow[] {
  return [...rows].sort(compareRows)
}
