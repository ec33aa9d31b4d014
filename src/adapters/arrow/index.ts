import {
  Field as ArrowField,
  Binary,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Float32,
  Float64,
  Int32,
  Int64,
  List,
  Map_,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import type { EncodeArrow } from '../../features/index.ts'
import { parseType, runValues, type Value } from '../../kernel/values/index.ts'

type TypeNode = ReturnType<typeof parseType>

/** Arrow IPC of rows, types as in features.md §1: timestamps in µs UTC, decimals of 128 bits. */
export const encodeArrow: EncodeArrow = async (fields, batches) => {
  const nodes = fields.map(field => parseType(field.type))
  const types = nodes.map(node => arrowType(node, scalars))
  const held = nodes.map(node => arrowType(node, heldAs))
  const schema = new Schema(
    fields.map(({ name }, index) => new ArrowField(name, types[index] ?? new Utf8(), true)),
  )
  const writer = new RecordBatchStreamWriter()
  const bytes = writer.toUint8Array()
  writer.reset(undefined, schema)
  for await (const batch of batches) {
    const children = fields.map((field, index) => {
      const run = batch.columns[index]
      const node = nodes[index] ?? parseType('string')
      const values = run === undefined ? [] : runValues(run, field.type)
      const written = values.map(value => arrowValue(node, value))
      const [data] = vectorFromArray(written, held[index] ?? new Utf8()).data
      return data && retyped(data, types[index] ?? new Utf8())
    })
    const data = makeData({
      type: new Struct(schema.fields),
      length: batch.rows,
      children: children as never,
    })
    writer.write(new RecordBatch(schema, data))
  }
  writer.finish()
  return bytes
}

/** Types that instants and days have, and the plain integers they are first written as: the library would round them. */
const scalars = {
  bool: () => new Bool(),
  string: () => new Utf8(),
  int64: () => new Int64(),
  float64: () => new Float64(),
  float32: () => new Float32(),
  bytes: () => new Binary(),
  timestamp: (): DataType => new TimestampMicrosecond('UTC'),
  date: (): DataType => new DateDay(),
}
const heldAs: typeof scalars = { ...scalars, timestamp: () => new Int64(), date: () => new Int32() }

function arrowType(node: TypeNode, scalar: typeof scalars): DataType {
  if (node.kind === 'decimal') return new Decimal(node.scale, node.precision, 128)
  if (node.kind === 'list') return new List(new ArrowField('item', arrowType(node.element, scalar), true))
  if (node.kind === 'map') {
    const value = new ArrowField('value', arrowType(node.value, scalar), true)
    const entries = new Struct([new ArrowField('key', new Utf8(), false), value])
    return new Map_(new ArrowField('entries', entries, false) as never)
  }
  return scalar[node.name]()
}

/** The same buffers under the type they stand for. */
function retyped(data: Data, type: DataType): Data {
  const children = data.children.map((child, index) =>
    retyped(child, type.children?.[index]?.type ?? child.type),
  )
  return data.clone(type, data.offset, data.length, data.nullCount, data.buffers, children)
}

function arrowValue(node: TypeNode, value: Value): unknown {
  if (value === null) return null
  if (node.kind === 'decimal') return decimalWords(value as bigint)
  if (node.kind === 'list') return (value as readonly Value[]).map(each => arrowValue(node.element, each))
  if (node.kind === 'map')
    return new Map(
      [...(value as ReadonlyMap<string, Value>)].map(([key, each]) => [key, arrowValue(node.value, each)]),
    )
  return value
}

/** Two's complement of 128 bits as four little-endian words. */
function decimalWords(unscaled: bigint): Uint32Array {
  const bits = BigInt.asUintN(128, unscaled)
  return Uint32Array.from([0n, 32n, 64n, 96n], shift => Number((bits >> shift) & 0xffff_ffffn))
}
