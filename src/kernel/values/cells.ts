import type { Value } from './model.ts'
import { sortedEntries } from './order.ts'
import { parseType, type TypeNode } from './types.ts'

/** A buffer that grows, and where the next byte goes. */
export interface CellBuffer {
  bytes: Buffer
  length: number
}

export function cellBuffer(capacity = 256): CellBuffer {
  return { bytes: Buffer.allocUnsafe(capacity), length: 0 }
}

/** Makes room for `more` bytes. */
export function reserve(buffer: CellBuffer, more: number): void {
  if (buffer.length + more <= buffer.bytes.length) return
  const larger = Buffer.allocUnsafe(Math.max(buffer.bytes.length * 2, buffer.length + more))
  buffer.bytes.copy(larger, 0, 0, buffer.length)
  buffer.bytes = larger
}

export type CellWriter = (buffer: CellBuffer, value: Value) => void

/**
 * Writes canonical cell bytes of one type (features.md §1.5): `00` for null, else `01` and the little-endian payload.
 * Every NaN is written as the one quiet NaN.
 */
export function cellWriter(type: string): CellWriter {
  return writerOf(parseType(type))
}

/** Canonical bytes of one value. */
export function cellBytes(type: string, value: Value): Buffer {
  const buffer = cellBuffer()
  cellWriter(type)(buffer, value)
  return buffer.bytes.subarray(0, buffer.length)
}

function writerOf(type: TypeNode): CellWriter {
  const payload = payloadWriter(type)
  return (buffer, value) => {
    reserve(buffer, 1)
    buffer.bytes[buffer.length++] = value === null ? 0 : 1
    if (value !== null) payload(buffer, value)
  }
}

function payloadWriter(type: TypeNode): CellWriter {
  if (type.kind === 'decimal') return (buffer, value) => writeInteger(buffer, value as bigint, 16)
  if (type.kind === 'list') return listWriter(writerOf(type.element))
  if (type.kind === 'map') return mapWriter(writerOf(type.value))
  return scalarWriters[type.name]
}

const scalarWriters: Record<string, CellWriter> &
  Record<(TypeNode & { kind: 'scalar' })['name'], CellWriter> = {
  bool: (buffer, value) => {
    reserve(buffer, 1)
    buffer.bytes[buffer.length++] = value ? 1 : 0
  },
  int64: (buffer, value) => writeInteger(buffer, value as bigint, 8),
  timestamp: (buffer, value) => writeInteger(buffer, value as bigint, 8),
  date: (buffer, value) => {
    reserve(buffer, 4)
    buffer.length = buffer.bytes.writeInt32LE(value as number, buffer.length)
  },
  float64: (buffer, value) => {
    reserve(buffer, 8)
    if (Number.isNaN(value)) buffer.length = buffer.bytes.writeBigUInt64LE(0x7ff8000000000000n, buffer.length)
    else buffer.length = buffer.bytes.writeDoubleLE(value as number, buffer.length)
  },
  float32: (buffer, value) => {
    reserve(buffer, 4)
    if (Number.isNaN(value)) buffer.length = buffer.bytes.writeUInt32LE(0x7fc00000, buffer.length)
    else buffer.length = buffer.bytes.writeFloatLE(value as number, buffer.length)
  },
  string: (buffer, value) => writeText(buffer, value as string),
  bytes: (buffer, value) => {
    const bytes = value as Uint8Array
    writeCount(buffer, bytes.length)
    reserve(buffer, bytes.length)
    buffer.bytes.set(bytes, buffer.length)
    buffer.length += bytes.length
  },
}

function writeInteger(buffer: CellBuffer, value: bigint, width: 8 | 16): void {
  reserve(buffer, width)
  buffer.length = buffer.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), buffer.length)
  if (width === 16)
    buffer.length = buffer.bytes.writeBigInt64LE(BigInt.asIntN(64, value >> 64n), buffer.length)
}

function writeCount(buffer: CellBuffer, count: number): void {
  reserve(buffer, 4)
  buffer.length = buffer.bytes.writeUInt32LE(count, buffer.length)
}

function writeText(buffer: CellBuffer, text: string): void {
  reserve(buffer, 4 + text.length * 3)
  const written = buffer.bytes.write(text, buffer.length + 4, 'utf8')
  buffer.bytes.writeUInt32LE(written, buffer.length)
  buffer.length += 4 + written
}

function listWriter(element: CellWriter): CellWriter {
  return (buffer, value) => {
    const items = value as readonly Value[]
    writeCount(buffer, items.length)
    for (const item of items) element(buffer, item)
  }
}

function mapWriter(write: CellWriter): CellWriter {
  const key = writerOf({ kind: 'scalar', name: 'string' })
  return (buffer, value) => {
    const entries = sortedEntries(value as ReadonlyMap<string, Value>)
    writeCount(buffer, entries.length)
    for (const [name, item] of entries) {
      key(buffer, name)
      write(buffer, item)
    }
  }
}
