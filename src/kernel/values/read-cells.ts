import type { Value } from './model.ts'
import { parseType, type TypeNode } from './types.ts'

/** Canonical cells, and where the next one begins. */
export interface CellCursor {
  readonly bytes: Buffer
  at: number
}

export type CellReader = (cursor: CellCursor) => Value

/** Reads canonical cell bytes of one type: the inverse of `cellWriter`. Throws RangeError behind the end. */
export function cellReader(type: string): CellReader {
  return readerOf(parseType(type))
}

function readerOf(type: TypeNode): CellReader {
  const payload = payloadReader(type)
  return cursor => (cursor.bytes.readUInt8(cursor.at++) === 0 ? null : payload(cursor))
}

function payloadReader(type: TypeNode): CellReader {
  if (type.kind === 'decimal') return readWide
  if (type.kind === 'list') return listReader(readerOf(type.element))
  if (type.kind === 'map') return mapReader(readerOf(type.value))
  return scalars[type.name]
}

const fixed =
  (width: number, read: (bytes: Buffer, at: number) => Value): CellReader =>
  cursor => {
    const value = read(cursor.bytes, cursor.at)
    cursor.at += width
    return value
  }

const readLong = fixed(8, (bytes, at) => bytes.readBigInt64LE(at))
const readCount = (cursor: CellCursor): number => {
  const count = cursor.bytes.readUInt32LE(cursor.at)
  cursor.at += 4
  return count
}
const readBytes = (cursor: CellCursor): Buffer => {
  const length = readCount(cursor)
  const end = cursor.at + length
  if (end > cursor.bytes.length) throw new RangeError('a cell reaches behind the end')
  const bytes = cursor.bytes.subarray(cursor.at, end)
  cursor.at = end
  return bytes
}

const scalars: Record<(TypeNode & { kind: 'scalar' })['name'], CellReader> = {
  bool: fixed(1, (bytes, at) => bytes.readUInt8(at) !== 0),
  int64: readLong,
  timestamp: readLong,
  date: fixed(4, (bytes, at) => bytes.readInt32LE(at)),
  float64: fixed(8, (bytes, at) => bytes.readDoubleLE(at)),
  float32: fixed(4, (bytes, at) => bytes.readFloatLE(at)),
  string: cursor => readBytes(cursor).toString('utf8'),
  bytes: cursor => new Uint8Array(readBytes(cursor)),
}

function readWide(cursor: CellCursor): bigint {
  const low = cursor.bytes.readBigUInt64LE(cursor.at)
  const high = cursor.bytes.readBigInt64LE(cursor.at + 8)
  cursor.at += 16
  return (high << 64n) | low
}

function listReader(element: CellReader): CellReader {
  return cursor => Array.from({ length: readCount(cursor) }, () => element(cursor))
}

function mapReader(read: CellReader): CellReader {
  const key = readerOf({ kind: 'scalar', name: 'string' })
  return cursor => {
    const members = new Map<string, Value>()
    for (let left = readCount(cursor); left > 0; left--) members.set(key(cursor) as string, read(cursor))
    return members
  }
}
