import type { Micros } from '../../kernel/time.ts'
import { type CellBuffer, cellBuffer, reserve, type Value } from '../../kernel/values/index.ts'
import type { Bytes } from './ports.ts'
import { type RecordBytes, recordBytes, type StoredCell, storedCell } from './stored-cells.ts'

/** A source row as an as-of view keeps it: `cells` are the features' columns in order. */
export interface LookupRow {
  readonly event: Micros
  /** Null: never known, which only `knownTime: 'latest'` sees. */
  readonly known: Micros | null
  readonly sequence: bigint | null
  readonly deleted: boolean
  readonly cells: readonly Value[]
}

/** When a row of a view can be seen (features.md §3.2). */
export interface Visibility {
  readonly at: 'at' | 'before'
  readonly knownTime: 'cutoff' | 'latest'
  /** The order of the whole row, where a stored row shows it: decides between rows that have no sequence. */
  readonly wholeRow?: (left: LookupRow, right: LookupRow) => number
}

/** The first instant at which the row can win; undefined: never. */
export function visibleFrom(
  row: Pick<LookupRow, 'event' | 'known'>,
  { at, knownTime }: Visibility,
): Micros | undefined {
  const happened = at === 'before' ? row.event + 1n : row.event
  if (knownTime === 'latest') return happened
  if (row.known === null) return undefined
  return row.known > happened ? row.known : happened
}

type RowPlace = Pick<LookupRow, 'event' | 'known' | 'sequence'>

/** The order of features.md §3.2 as far as a stored row shows it: event, known, sequence; null lowest. */
export function compareRows(left: RowPlace, right: RowPlace): number {
  return (
    compare(left.event, right.event) ||
    compare(left.known, right.known) ||
    compare(left.sequence, right.sequence)
  )
}

function compare(left: bigint | null, right: bigint | null): number {
  if (left === right) return 0
  if (left === null || right === null) return left === null ? -1 : 1
  return left < right ? -1 : 1
}

/**
 * Merges rows into the chain a key holds: greatest first, and each row kept only if nothing greater is visible as early.
 * The first row visible at q is then what §3.2 says at q, for every q from now on. Merging is idempotent, and neither
 * order nor grouping of merges matters; of rows equal in the whole order the later given one stays.
 */
export function mergeRows(
  stored: readonly LookupRow[],
  incoming: readonly LookupRow[],
  law: Visibility,
): readonly LookupRow[] {
  const last = [...incoming].reverse()
  const rows = [...stored.filter(row => outranks(row, last, law)), ...last, ...stored]
  rows.sort((left, right) => compareRows(right, left))
  const chain: LookupRow[] = []
  let earliest: Micros | undefined
  for (const row of rows) {
    const from = visibleFrom(row, law)
    if (from === undefined || (earliest !== undefined && from >= earliest)) continue
    earliest = from
    chain.push(row)
  }
  return chain
}

/** True for a stored row that ties with an incoming one in all but the whole row, and is the greater in that. */
function outranks(row: LookupRow, incoming: readonly LookupRow[], { wholeRow }: Visibility): boolean {
  if (wholeRow === undefined || row.sequence !== null) return false
  const rival = incoming.find(each => compareRows(each, row) === 0)
  return rival !== undefined && wholeRow(row, rival) > 0
}

/** Drops what can no longer win at or after `now`: everything below the first row that is visible already. */
export function forgetPast(chain: readonly LookupRow[], now: Micros, law: Visibility): readonly LookupRow[] {
  const served = chain.findIndex(row => (visibleFrom(row, law) ?? now + 1n) <= now)
  return served === -1 ? chain : chain.slice(0, served + 1)
}

const format = 1
const rowHeader = 29
/** Of a row, in it: where its event time and its known time stand. */
export const rowTimes = { event: 5, known: 13 } as const
const flags = { deleted: 1, sequence: 2, known: 4 } as const

/** The packed form of a key's chain: `format`, then per row its length, flags, times, presence bitmap, slots, tails. */
export interface LookupCodec {
  encode(chain: readonly LookupRow[]): Bytes
  decode(bytes: Bytes): readonly LookupRow[]
  /** Offset of the row that wins at `q`, −1 if none is visible. Allocates nothing but the times it compares. */
  find(record: RecordBytes, q: Micros): number
  event(record: RecordBytes, row: number): Micros
  known(record: RecordBytes, row: number): Micros | null
  isKnown(record: RecordBytes, row: number): boolean
  deleted(record: RecordBytes, row: number): boolean
  cell(record: RecordBytes, row: number, column: number): Value
  /** Offset of a cell's slot, −1 for null: for readers that copy its bits. */
  slot(record: RecordBytes, row: number, column: number): number
}

export function lookupCodec(types: readonly string[], law: Visibility): LookupCodec {
  const layout = rowLayout(types)
  const codec: LookupCodec = {
    encode: chain => encodeChain(chain, layout),
    decode: bytes => decodeChain(recordBytes(bytes), layout, codec),
    find: (record, q) => findRow(record, q, law),
    event: ({ view }, row) => view.getBigInt64(row + 5, true),
    known: (record, row) =>
      codec.isKnown(record, row) ? record.view.getBigInt64(row + rowTimes.known, true) : null,
    isKnown: ({ bytes }, row) => ((bytes[row + 4] ?? 0) & flags.known) !== 0,
    deleted: ({ bytes }, row) => ((bytes[row + 4] ?? 0) & flags.deleted) !== 0,
    cell: (record, row, column) => {
      const at = codec.slot(record, row, column)
      return at === -1 ? null : (layout.cells[column]?.read(record, row, at) ?? null)
    },
    slot: ({ bytes }, row, column) =>
      ((bytes[row + rowHeader + (column >> 3)] ?? 0) & (1 << (column & 7))) === 0
        ? -1
        : row + (layout.offsets[column] ?? 0),
  }
  return codec
}

interface RowLayout {
  readonly cells: readonly StoredCell[]
  /** Of each slot, from the start of the row. */
  readonly offsets: readonly number[]
  readonly width: number
}

function rowLayout(types: readonly string[]): RowLayout {
  const cells = types.map(storedCell)
  const offsets: number[] = []
  let width = rowHeader + Math.ceil(types.length / 8)
  for (const cell of cells) {
    offsets.push(width)
    width += cell.width
  }
  return { cells, offsets, width }
}

function findRow({ bytes, view }: RecordBytes, q: Micros, law: Visibility): number {
  for (let row = 1; row < bytes.length; row += view.getUint32(row, true)) {
    const event = view.getBigInt64(row + 5, true)
    if (law.at === 'before' ? event >= q : event > q) continue
    if (law.knownTime === 'latest') return row
    if (((bytes[row + 4] ?? 0) & flags.known) !== 0 && view.getBigInt64(row + 13, true) <= q) return row
  }
  return -1
}

const startBytes = 4096
const keptBytes = 1 << 20
/** Records are made here and copied out: most are small, and there are many. */
const scratch = cellBuffer(startBytes)

function encodeChain(chain: readonly LookupRow[], layout: RowLayout): Bytes {
  const out = scratch
  out.bytes[0] = format
  out.length = 1
  for (const row of chain) encodeRow(out, row, layout)
  const record = Buffer.from(out.bytes.subarray(0, out.length))
  if (out.bytes.length > keptBytes) out.bytes = Buffer.allocUnsafe(startBytes)
  return record
}

function encodeRow(out: CellBuffer, row: LookupRow, layout: RowLayout): void {
  const base = out.length
  reserve(out, layout.width)
  out.bytes.fill(0, base, base + layout.width)
  out.length += layout.width
  out.bytes[base + 4] =
    (row.deleted ? flags.deleted : 0) |
    (row.sequence === null ? 0 : flags.sequence) |
    (row.known === null ? 0 : flags.known)
  out.bytes.writeBigInt64LE(row.event, base + 5)
  out.bytes.writeBigInt64LE(row.known ?? 0n, base + 13)
  out.bytes.writeBigInt64LE(row.sequence ?? 0n, base + 21)
  for (let column = 0; column < row.cells.length; column++) {
    const value = row.cells[column] ?? null
    if (value === null) continue
    const bit = base + rowHeader + (column >> 3)
    out.bytes[bit] = (out.bytes[bit] ?? 0) | (1 << (column & 7))
    layout.cells[column]?.write(out, base, base + (layout.offsets[column] ?? 0), value)
  }
  out.bytes.writeUInt32LE(out.length - base, base)
}

function decodeChain(record: RecordBytes, layout: RowLayout, codec: LookupCodec): readonly LookupRow[] {
  const rows: LookupRow[] = []
  for (let row = 1; row < record.bytes.length; row += record.view.getUint32(row, true)) {
    rows.push({
      event: codec.event(record, row),
      known: codec.known(record, row),
      sequence:
        ((record.bytes[row + 4] ?? 0) & flags.sequence) === 0
          ? null
          : record.view.getBigInt64(row + 21, true),
      deleted: codec.deleted(record, row),
      cells: layout.cells.map((_, column) => codec.cell(record, row, column)),
    })
  }
  return rows
}
