import {
  type CellBuffer,
  cellWriter,
  parseType,
  reserve,
  type TypeNode,
  type Value,
} from '../../kernel/values/index.ts'

/** Bytes of a record with a view on them. */
export interface RecordBytes {
  readonly bytes: Uint8Array
  readonly view: DataView
}

export function recordBytes(bytes: Uint8Array): RecordBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

/**
 * How values of one type stand in a record: a slot of fixed width, so that column j is found without looking at the
 * others. Text, bytes, lists and maps have a slot of (offset from `base`, length) and stand behind the slots. Values
 * come back bit for bit, −0 and NaN included; null has no slot content: presence is kept beside the slots.
 */
export interface StoredCell {
  readonly width: number
  /** The slot at `at` is already reserved; what follows the slots is appended. */
  write(out: CellBuffer, base: number, at: number, value: Value): void
  read(record: RecordBytes, base: number, at: number): Value
}

export function storedCell(type: string): StoredCell {
  const node = parseType(type)
  if (node.kind === 'decimal') return decimalCell
  if (node.kind === 'list' || node.kind === 'map') return compositeCell(type, node)
  return scalarCells[node.name]
}

const int64Cell: StoredCell = {
  width: 8,
  write: (out, _base, at, value) => {
    out.bytes.writeBigInt64LE(value as bigint, at)
  },
  read: ({ view }, _base, at) => view.getBigInt64(at, true),
}

const decimalCell: StoredCell = {
  width: 16,
  write: (out, _base, at, value) => {
    out.bytes.writeBigUInt64LE(BigInt.asUintN(64, value as bigint), at)
    out.bytes.writeBigInt64LE(BigInt.asIntN(64, (value as bigint) >> 64n), at + 8)
  },
  read: ({ view }, _base, at) => (view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true),
}

const scalarCells: Readonly<Record<(TypeNode & { kind: 'scalar' })['name'], StoredCell>> = {
  int64: int64Cell,
  timestamp: int64Cell,
  bool: {
    width: 1,
    write: (out, _base, at, value) => {
      out.bytes[at] = value ? 1 : 0
    },
    read: ({ bytes }, _base, at) => bytes[at] === 1,
  },
  date: {
    width: 4,
    write: (out, _base, at, value) => {
      out.bytes.writeInt32LE(value as number, at)
    },
    read: ({ view }, _base, at) => view.getInt32(at, true),
  },
  float64: {
    width: 8,
    write: (out, _base, at, value) => {
      out.bytes.writeDoubleLE(value as number, at)
    },
    read: ({ view }, _base, at) => view.getFloat64(at, true),
  },
  float32: {
    width: 4,
    write: (out, _base, at, value) => {
      out.bytes.writeFloatLE(value as number, at)
    },
    read: ({ view }, _base, at) => view.getFloat32(at, true),
  },
  string: {
    width: 8,
    write: (out, base, at, value) => {
      const text = value as string
      reserve(out, text.length * 3)
      const written = out.bytes.write(text, out.length, 'utf8')
      place(out, base, at, written)
    },
    read: (record, base, at) => tail(record, base, at).toString('utf8'),
  },
  bytes: {
    width: 8,
    write: (out, base, at, value) => {
      const bytes = value as Uint8Array
      reserve(out, bytes.length)
      out.bytes.set(bytes, out.length)
      place(out, base, at, bytes.length)
    },
    read: (record, base, at) => Uint8Array.from(tail(record, base, at)),
  },
}

/** Fills the slot at `at` with where the `length` bytes at the end stand, and keeps them. */
function place(out: CellBuffer, base: number, at: number, length: number): void {
  out.bytes.writeUInt32LE(out.length - base, at)
  out.bytes.writeUInt32LE(length, at + 4)
  out.length += length
}

function tail({ bytes, view }: RecordBytes, base: number, at: number): Buffer {
  return Buffer.from(
    bytes.buffer,
    bytes.byteOffset + base + view.getUint32(at, true),
    view.getUint32(at + 4, true),
  )
}

function compositeCell(type: string, node: TypeNode): StoredCell {
  const write = cellWriter(type)
  return {
    width: 8,
    write: (out, base, at, value) => {
      const start = out.length
      write(out, value)
      const length = out.length - start
      out.length = start
      place(out, base, at, length)
    },
    read: (record, base, at) => readCell(node, { bytes: tail(record, base, at), at: 0 }),
  }
}

interface Reader {
  readonly bytes: Buffer
  at: number
}

/** The inverse of the canonical cell bytes (features.md §1.5). */
function readCell(type: TypeNode, reader: Reader): Value {
  if (reader.bytes[reader.at++] === 0) return null
  if (type.kind === 'decimal') {
    reader.at += 16
    return (reader.bytes.readBigInt64LE(reader.at - 8) << 64n) | reader.bytes.readBigUInt64LE(reader.at - 16)
  }
  if (type.kind === 'list')
    return Array.from({ length: readCount(reader) }, () => readCell(type.element, reader))
  if (type.kind === 'map') {
    const entries = Array.from(
      { length: readCount(reader) },
      () =>
        [
          readCell({ kind: 'scalar', name: 'string' }, reader) as string,
          readCell(type.value, reader),
        ] as const,
    )
    return new Map(entries)
  }
  return scalarReaders[type.name](reader)
}

const scalarReaders: Readonly<Record<(TypeNode & { kind: 'scalar' })['name'], (reader: Reader) => Value>> = {
  bool: reader => reader.bytes[reader.at++] === 1,
  int64: reader => reader.bytes.readBigInt64LE(skip(reader, 8)),
  timestamp: reader => reader.bytes.readBigInt64LE(skip(reader, 8)),
  date: reader => reader.bytes.readInt32LE(skip(reader, 4)),
  float64: reader => reader.bytes.readDoubleLE(skip(reader, 8)),
  float32: reader => reader.bytes.readFloatLE(skip(reader, 4)),
  string: reader => readBytes(reader).toString('utf8'),
  bytes: reader => Uint8Array.from(readBytes(reader)),
}

/** Moves on by `width`; gives where it was. */
function skip(reader: Reader, width: number): number {
  reader.at += width
  return reader.at - width
}

function readCount(reader: Reader): number {
  return reader.bytes.readUInt32LE(skip(reader, 4))
}

function readBytes(reader: Reader): Buffer {
  const length = readCount(reader)
  reader.at += length
  return reader.bytes.subarray(reader.at - length, reader.at)
}
