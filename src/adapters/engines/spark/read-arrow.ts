import { type Data, type DataType, RecordBatchReader } from 'apache-arrow'
import type { Batch } from '../../../features/index.ts'
import {
  type ColumnRun,
  type Field,
  parseType,
  type TypeNode,
  type Value,
} from '../../../kernel/values/index.ts'

const widths: Readonly<Record<string, 4 | 8>> = { int64: 8, timestamp: 8, float64: 8, float32: 4, date: 4 }

/** The batches of one Arrow stream as columns of the given fields, by position. */
export function readArrow(stream: Uint8Array, fields: readonly Field[]): Batch[] {
  // A copy of its own starts at an aligned address, which the views below need.
  const batches = [...RecordBatchReader.from(new Uint8Array(stream))]
  return batches.map(batch => ({
    rows: batch.numRows,
    columns: fields.map((field, index) => {
      const data = batch.data.children[index]
      if (!data) throw new TypeError(`the engine gave no column ${field.name}`)
      return readColumn(data, field.type, batch.numRows)
    }),
  }))
}

function readColumn(data: Data<DataType>, type: string, rows: number): ColumnRun {
  const valid = validity(data, rows)
  const node = parseType(type)
  const width = node.kind === 'scalar' ? widths[node.name] : undefined
  if (width !== undefined) {
    const { buffer, byteOffset, byteLength } = data.values as Uint8Array
    if (byteLength < rows * width) throw new TypeError(`the engine gave other values than ${type}`)
    return { kind: 'fixed', width, bytes: new Uint8Array(buffer, byteOffset, rows * width), valid }
  }
  if (type === 'bool') {
    const bytes = new Uint8Array(rows)
    for (let row = 0; row < rows; row++) bytes[row] = bit(data.values as Uint8Array, data.offset + row)
    return { kind: 'fixed', width: 1, bytes, valid }
  }
  const values: Value[] = new Array(rows)
  const read = reader(data, node)
  for (let row = 0; row < rows; row++) values[row] = valid !== null && valid[row] === 0 ? null : read(row)
  return { kind: 'values', values }
}

function bit(bits: Uint8Array, index: number): number {
  return ((bits[index >> 3] ?? 0) >> (index & 7)) & 1
}

function validity(data: Data<DataType>, rows: number): Uint8Array | null {
  if (data.nullCount === 0 || !data.nullBitmap || data.nullBitmap.length === 0) return null
  const valid = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) valid[row] = bit(data.nullBitmap, data.offset + row)
  return valid
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

function reader(data: Data<DataType>, type: TypeNode): (row: number) => Value {
  const offsets = data.valueOffsets
  if (type.kind === 'decimal') return decimals(data.values as Uint32Array)
  if (type.kind === 'list') {
    const item = nullable(data.children[0], type.element)
    return row => range(offsets, row, item)
  }
  if (type.kind === 'map') {
    const entries = data.children[0]
    const key = nullable(entries?.children[0], { kind: 'scalar', name: 'string' })
    const value = nullable(entries?.children[1], type.value)
    return row => new Map(range(offsets, row, at => [key(at) as string, value(at)] as const))
  }
  const bytes = data.values as Uint8Array
  switch (type.name) {
    case 'string':
      return row => utf8.decode(bytes.subarray(offsets[row], offsets[row + 1]))
    case 'bytes':
      return row => bytes.slice(offsets[row], offsets[row + 1])
    case 'bool':
      return row => bit(bytes, row) === 1
    default:
      return row => (data.values as BigInt64Array | Float64Array)[row] ?? null
  }
}

function nullable(data: Data<DataType> | undefined, type: TypeNode): (row: number) => Value {
  if (!data) throw new TypeError('the engine gave a nested column without content')
  const valid = validity(data, data.length)
  const read = reader(data, type)
  return row => (valid !== null && valid[row] === 0 ? null : read(row))
}

function range<Item>(offsets: Int32Array, row: number, item: (at: number) => Item): Item[] {
  const items: Item[] = []
  for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++) items.push(item(at))
  return items
}

/** 128-bit two's complement, low word first. */
function decimals(words: Uint32Array): (row: number) => bigint {
  const halves = new BigUint64Array(words.buffer, words.byteOffset, words.byteLength / 8)
  return row => BigInt.asIntN(128, (halves[row * 2] ?? 0n) | ((halves[row * 2 + 1] ?? 0n) << 64n))
}
