import {
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float32,
  Float64,
  Int64,
  List,
  Map_,
  makeData,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow'
import { parseType, sortedEntries, type TypeNode, type Value } from '../../kernel/values/index.ts'

/** The Arrow type of a value type (features.md §1.1). */
export function arrowType(type: string): DataType {
  return typeOf(parseType(type))
}

function typeOf(node: TypeNode): DataType {
  if (node.kind === 'decimal') return new Decimal(node.scale, node.precision, 128)
  if (node.kind === 'list') return new List(new Field('item', typeOf(node.element), true))
  if (node.kind === 'map') return new Map_(new Field('entries', entryType(node.value), false), true)
  return scalars[node.name]()
}

function entryType(value: TypeNode): Struct {
  return new Struct([new Field('key', new Utf8(), false), new Field('value', typeOf(value), true)])
}

const scalars: Record<(TypeNode & { kind: 'scalar' })['name'], () => DataType> = {
  bool: () => new Bool(),
  string: () => new Utf8(),
  int64: () => new Int64(),
  float64: () => new Float64(),
  float32: () => new Float32(),
  bytes: () => new Binary(),
  timestamp: () => new TimestampMicrosecond('UTC'),
  date: () => new DateDay(),
}

/** A column of values in Arrow's memory layout. */
export function arrowColumn(type: string, values: readonly Value[]): Data {
  return columnOf(parseType(type), values)
}

function columnOf(node: TypeNode, values: readonly Value[]): Data {
  const common = { length: values.length, ...validity(values) }
  if (node.kind === 'decimal')
    return makeData({ ...common, type: typeOf(node) as Decimal, data: wide(values) })
  if (node.kind === 'list') {
    const child = columnOf(
      node.element,
      (values as readonly (readonly Value[] | null)[]).flatMap(each => each ?? []),
    )
    const valueOffsets = offsets(values, each => (each as readonly Value[]).length)
    return makeData({ ...common, type: typeOf(node) as List, valueOffsets, child })
  }
  if (node.kind === 'map') return mapColumn(node, values as readonly (ReadonlyMap<string, Value> | null)[])
  return flat(node.name, values, common)
}

type Validity = { readonly nullCount: number; readonly nullBitmap?: Uint8Array }
type Common = Validity & { readonly length: number }

function validity(values: readonly Value[]): Validity {
  let nullBitmap: Uint8Array | undefined
  let nullCount = 0
  for (let row = 0; row < values.length; row++) {
    if (values[row] !== null) continue
    nullBitmap ??= new Uint8Array((values.length + 7) >> 3).fill(255)
    nullBitmap[row >> 3] = (nullBitmap[row >> 3] ?? 0) & ~(1 << (row & 7))
    nullCount += 1
  }
  return nullBitmap === undefined ? { nullCount } : { nullCount, nullBitmap }
}

function flat(name: (TypeNode & { kind: 'scalar' })['name'], values: readonly Value[], common: Common): Data {
  switch (name) {
    case 'float64':
      return makeData({
        ...common,
        type: new Float64(),
        data: numbers(new Float64Array(values.length), values),
      })
    case 'float32':
      return makeData({
        ...common,
        type: new Float32(),
        data: numbers(new Float32Array(values.length), values),
      })
    case 'date':
      return makeData({
        ...common,
        type: new DateDay(),
        data: numbers(new Int32Array(values.length), values),
      })
    case 'int64':
      return makeData({ ...common, type: new Int64(), data: longs(values) })
    case 'timestamp':
      return makeData({ ...common, type: new TimestampMicrosecond('UTC'), data: longs(values) })
    case 'bool':
      return makeData({ ...common, type: new Bool(), data: bits(values) })
    case 'string': {
      const data = Buffer.from(values.map(value => value ?? '').join(''), 'utf8')
      const valueOffsets = offsets(values, value => Buffer.byteLength(value as string))
      return makeData({ ...common, type: new Utf8(), data, valueOffsets })
    }
    case 'bytes': {
      const data = Buffer.concat(values.map(value => (value ?? new Uint8Array()) as Uint8Array))
      const valueOffsets = offsets(values, value => (value as Uint8Array).length)
      return makeData({ ...common, type: new Binary(), data, valueOffsets })
    }
  }
}

function mapColumn(
  node: Extract<TypeNode, { kind: 'map' }>,
  values: readonly (ReadonlyMap<string, Value> | null)[],
): Data {
  const entries = values.flatMap(value => (value === null ? [] : sortedEntries(value)))
  const children = [
    columnOf(
      { kind: 'scalar', name: 'string' },
      entries.map(([key]) => key),
    ),
    columnOf(
      node.value,
      entries.map(([, value]) => value),
    ),
  ]
  const child = makeData({ type: entryType(node.value), length: entries.length, nullCount: 0, children })
  const valueOffsets = offsets(values, value => (value as ReadonlyMap<string, Value>).size)
  return makeData({
    length: values.length,
    ...validity(values),
    type: typeOf(node) as Map_,
    valueOffsets,
    child,
  })
}

function numbers<Target extends Float64Array | Float32Array | Int32Array>(
  target: Target,
  values: readonly Value[],
): Target {
  for (let row = 0; row < values.length; row++) target[row] = (values[row] ?? 0) as number
  return target
}

function longs(values: readonly Value[]): BigInt64Array {
  const data = new BigInt64Array(values.length)
  for (let row = 0; row < values.length; row++) data[row] = (values[row] ?? 0n) as bigint
  return data
}

function wide(values: readonly Value[]): Uint32Array {
  const data = new BigInt64Array(values.length * 2)
  values.forEach((value, row) => {
    const unscaled = (value ?? 0n) as bigint
    data[row * 2] = BigInt.asIntN(64, unscaled)
    data[row * 2 + 1] = unscaled >> 64n
  })
  return new Uint32Array(data.buffer)
}

function bits(values: readonly Value[]): Uint8Array {
  const data = new Uint8Array((values.length + 7) >> 3)
  values.forEach((value, row) => {
    if (value === true) data[row >> 3] = (data[row >> 3] ?? 0) | (1 << (row & 7))
  })
  return data
}

function offsets(values: readonly Value[], length: (value: Exclude<Value, null>) => number): Int32Array {
  const ends = new Int32Array(values.length + 1)
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? null
    ends[row + 1] = (ends[row] ?? 0) + (value === null ? 0 : length(value))
  }
  return ends
}
