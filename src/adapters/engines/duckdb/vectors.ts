import {
  DuckDBBlobValue,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  type DuckDBListVector,
  DuckDBMapValue,
  type DuckDBStructVector,
  DuckDBTimestampValue,
  type DuckDBValue,
  type DuckDBVector,
} from '@duckdb/node-api'
import type { Batch } from '../../../features/index.ts'
import {
  type ColumnRun,
  type Field,
  parseType,
  type TypeNode,
  type Value,
} from '../../../kernel/values/index.ts'

const widths: Readonly<Record<string, 1 | 4 | 8>> = {
  bool: 1,
  int64: 8,
  timestamp: 8,
  float64: 8,
  float32: 4,
  date: 4,
}

interface RawVector {
  readonly items?: BigInt64Array | Float64Array | Float32Array | Int32Array
  readonly dataView?: DataView
  readonly validity: { readonly data: BigUint64Array | null }
}

/** A chunk of DuckDB as a batch; fixed-width columns are views of DuckDB's memory. */
export function readChunk(chunk: DuckDBDataChunk, fields: readonly Field[]): Batch {
  const rows = chunk.rowCount
  return {
    rows,
    columns: fields.map((field, index) => readColumn(chunk.getColumnVector(index), field.type, rows)),
  }
}

function readColumn(vector: DuckDBVector, type: string, rows: number): ColumnRun {
  const raw = vector as unknown as RawVector
  const width = widths[type]
  const view = raw.items ?? raw.dataView
  if (width !== undefined && view !== undefined) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, rows * width)
    return { kind: 'fixed', width, bytes, valid: validity(raw, rows) }
  }
  const node = parseType(type)
  const valid = validity(raw, rows)
  const values: Value[] = new Array(rows)
  for (let row = 0; row < rows; row++) {
    values[row] = valid !== null && valid[row] === 0 ? null : readItem(vector, node, row)
  }
  return { kind: 'values', values }
}

function readItem(vector: DuckDBVector, type: TypeNode, row: number): Value {
  if (type.kind === 'list') {
    const items = (vector as DuckDBListVector).getItemVector(row)
    return items && Array.from({ length: items.itemCount }, (_, at) => readItem(items, type.element, at))
  }
  if (type.kind === 'map') {
    const { listVector } = vector as unknown as { readonly listVector: DuckDBListVector }
    const entries = listVector.getItemVector(row) as DuckDBStructVector | null
    const [keys, values] = [entries?.entryVectorAt(0), entries?.entryVectorAt(1)]
    if (!entries || !keys || !values) return null
    const at = (index: number): [string, Value] => [
      readText(keys, index) as string,
      readItem(values, type.value, index),
    ]
    return new Map(Array.from({ length: entries.itemCount }, (_, index) => at(index)))
  }
  if (type.kind === 'scalar' && type.name === 'string') return readText(vector, row)
  return fromDuckDB(vector.getItem(row))
}

/** DuckDB's client takes a leading U+FEFF for a byte order mark and drops it: it is looked for in the bytes themselves. */
function readText(vector: DuckDBVector, row: number): Value {
  const text = vector.getItem(row) as string | null
  const bytes = (vector as unknown as RawVector).dataView
  if (text === null || bytes === undefined) return text
  // A text of DuckDB takes 16 bytes: its length in four, then its first bytes.
  const marked =
    bytes.getUint8(row * 16 + 4) === 0xef &&
    bytes.getUint8(row * 16 + 5) === 0xbb &&
    bytes.getUint8(row * 16 + 6) === 0xbf &&
    bytes.getUint32(row * 16, true) >= 3
  return marked ? `\ufeff${text}` : text
}

/** One byte per row, 0 for null; null if no row is null. */
function validity(raw: RawVector, rows: number): Uint8Array | null {
  const data = raw.validity?.data
  if (!data) return null
  const bits = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const valid = new Uint8Array(rows)
  let nulls = 0
  for (let row = 0; row < rows; row++) {
    const bit = ((bits[row >> 3] ?? 0) >> (row & 7)) & 1
    valid[row] = bit
    nulls += 1 - bit
  }
  return nulls === 0 ? null : valid
}

function fromDuckDB(item: DuckDBValue): Value {
  if (item instanceof DuckDBDecimalValue) return item.value
  if (item instanceof DuckDBTimestampValue) return item.micros
  if (item instanceof DuckDBDateValue) return item.days
  if (item instanceof DuckDBBlobValue) return new Uint8Array(item.bytes)
  return item as Value
}

/** Fills a chunk with a batch. */
export function writeChunk(chunk: DuckDBDataChunk, fields: readonly Field[], batch: Batch): void {
  chunk.rowCount = batch.rows
  for (const [index, column] of batch.columns.entries()) {
    const vector = chunk.getColumnVector(index)
    if (column.kind === 'fixed') writeFixed(vector, column, batch.rows)
    else writeValues(vector, parseType(fields[index]?.type ?? 'string'), column.values)
    vector.flush()
  }
}

function writeFixed(vector: DuckDBVector, column: ColumnRun & { kind: 'fixed' }, rows: number): void {
  const raw = vector as unknown as RawVector & {
    validity: { setItemValid(index: number, valid: boolean): void }
  }
  const view = raw.items ?? raw.dataView
  if (!view) throw new TypeError('a fixed-width run for a column of variable width')
  new Uint8Array(view.buffer, view.byteOffset, rows * column.width).set(
    column.bytes.subarray(0, rows * column.width),
  )
  for (let row = 0; row < rows; row++) {
    if (column.valid !== null && column.valid[row] === 0) raw.validity.setItemValid(row, false)
  }
}

function writeValues(vector: DuckDBVector, type: TypeNode, values: readonly Value[]): void {
  for (let row = 0; row < values.length; row++) vector.setItem(row, toDuckDB(type, values[row] ?? null))
}

function toDuckDB(type: TypeNode, value: Value): DuckDBValue {
  if (value === null) return null
  if (type.kind === 'decimal') return new DuckDBDecimalValue(value as bigint, type.precision, type.scale)
  if (type.kind === 'list')
    return new DuckDBListValue((value as readonly Value[]).map(each => toDuckDB(type.element, each)))
  if (type.kind === 'map') {
    const entries = [...(value as ReadonlyMap<string, Value>)]
    return new DuckDBMapValue(entries.map(([key, each]) => ({ key, value: toDuckDB(type.value, each) })))
  }
  if (type.name === 'timestamp') return new DuckDBTimestampValue(value as bigint)
  if (type.name === 'date') return new DuckDBDateValue(value as number)
  if (type.name === 'bytes') return new DuckDBBlobValue(value as Uint8Array)
  return value as DuckDBValue
}
