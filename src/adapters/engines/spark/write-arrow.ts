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
} from 'apache-arrow'
import type { Batch } from '../../../features/index.ts'
import {
  type ColumnRun,
  type Field,
  parseType,
  runValues,
  type TypeNode,
  type Value,
} from '../../../kernel/values/index.ts'

/** One Arrow stream with the schema of the fields and the batches, also when there are none. */
export function writeArrow(fields: readonly Field[], batches: readonly Batch[]): Uint8Array {
  const types = fields.map(field => parseType(field.type))
  const arrow = fields.map(({ name }, index) => new ArrowField(name, arrowType(types[index] ?? text), true))
  const schema = new Schema(arrow)
  const records = (batches.length === 0 ? [emptyBatch(fields)] : batches).map(batch => {
    const children = batch.columns.map((run, index) =>
      columnData(run, {
        name: fields[index]?.type ?? 'string',
        node: types[index] ?? text,
        rows: batch.rows,
      }),
    )
    return new RecordBatch(
      schema,
      makeData({ type: new Struct(arrow), length: batch.rows, nullCount: 0, children }),
    )
  })
  return RecordBatchStreamWriter.writeAll(records).toUint8Array(true)
}

const text: TypeNode = { kind: 'scalar', name: 'string' }

function emptyBatch(fields: readonly Field[]): Batch {
  return { rows: 0, columns: fields.map(() => ({ kind: 'values', values: [] })) }
}

function arrowType(type: TypeNode): DataType {
  if (type.kind === 'decimal') return new Decimal(type.scale, type.precision, 128)
  if (type.kind === 'list') return new List(new ArrowField('element', arrowType(type.element), true))
  if (type.kind === 'map') {
    const entries = new Struct([
      new ArrowField('key', new Utf8(), false),
      new ArrowField('value', arrowType(type.value), true),
    ])
    return new Map_(new ArrowField('entries', entries as never, false)) as unknown as DataType
  }
  return scalarTypes[type.name]()
}

const scalarTypes: Readonly<Record<(TypeNode & { kind: 'scalar' })['name'], () => DataType>> = {
  bool: () => new Bool(),
  string: () => new Utf8(),
  int64: () => new Int64(),
  float64: () => new Float64(),
  float32: () => new Float32(),
  bytes: () => new Binary(),
  timestamp: () => new TimestampMicrosecond(),
  date: () => new DateDay(),
}

interface Column {
  readonly name: string
  readonly node: TypeNode
  readonly rows: number
}

function columnData(run: ColumnRun, { name, node, rows }: Column): Data<DataType> {
  if (run.kind === 'values' || node.kind !== 'scalar' || node.name === 'bool')
    return valuesData(node, runValues(run, name))
  const { buffer, byteOffset } =
    run.width === 8 && run.bytes.byteOffset % 8 !== 0 ? run.bytes.slice() : run.bytes
  const data = new arrays[node.name as keyof typeof arrays](buffer as ArrayBuffer, byteOffset, rows)
  return made(node, rows, { data, valid: run.valid })
}

const arrays = {
  int64: BigInt64Array,
  timestamp: BigInt64Array,
  float64: Float64Array,
  float32: Float32Array,
  date: Int32Array,
}

interface Parts {
  readonly data?: ArrayLike<number | bigint>
  readonly valid: Uint8Array | null
  readonly valueOffsets?: Int32Array
  readonly child?: Data<DataType>
}

/** The props of `makeData` differ by type in ways its types do not let a table of types say. */
function made(node: TypeNode, length: number, { valid, ...parts }: Parts): Data<DataType> {
  const props: Record<string, unknown> = { type: arrowType(node), length, nullCount: 0, ...parts }
  if (valid !== null) {
    const nullBitmap = new Uint8Array((length + 7) >> 3)
    let nulls = 0
    for (let row = 0; row < length; row++) {
      if (valid[row] === 0) nulls++
      else nullBitmap[row >> 3] = (nullBitmap[row >> 3] ?? 0) | (1 << (row & 7))
    }
    Object.assign(props, { nullBitmap, nullCount: nulls })
  }
  return makeData(props as never)
}

function valuesData(node: TypeNode, values: readonly Value[]): Data<DataType> {
  const rows = values.length
  const valid = values.includes(null) ? Uint8Array.from(values, value => (value === null ? 0 : 1)) : null
  if (node.kind === 'decimal') return made(node, rows, { data: decimalWords(values), valid })
  if (node.kind === 'list') {
    const lists = values as readonly (readonly Value[] | null)[]
    const child = valuesData(
      node.element,
      lists.flatMap(each => each ?? []),
    )
    return made(node, rows, { child, valid, valueOffsets: offsetsOf(lists, each => each.length) })
  }
  if (node.kind === 'map') {
    const maps = values as readonly (ReadonlyMap<string, Value> | null)[]
    const entries = maps.flatMap(each => (each === null ? [] : [...each]))
    const children = [
      valuesData(
        text,
        entries.map(([key]) => key),
      ),
      valuesData(
        node.value,
        entries.map(([, value]) => value),
      ),
    ]
    const type = (arrowType(node).children[0] as ArrowField).type as Struct
    const child = makeData({ type, length: entries.length, nullCount: 0, children })
    return made(node, rows, { child, valid, valueOffsets: offsetsOf(maps, each => each.size) })
  }
  if (node.name === 'string' || node.name === 'bytes') {
    const encoded = values.map(value => (value === null ? null : Buffer.from(value as string)))
    const data = new Uint8Array(Buffer.concat(encoded.filter(each => each !== null)))
    return made(node, rows, { data, valid, valueOffsets: offsetsOf(encoded, each => each.length) })
  }
  if (node.name === 'bool') {
    const data = new Uint8Array((rows + 7) >> 3)
    for (const [row, value] of values.entries())
      if (value === true) data[row >> 3] = (data[row >> 3] ?? 0) | (1 << (row & 7))
    return made(node, rows, { data, valid })
  }
  const data = new arrays[node.name](rows)
  for (const [row, value] of values.entries()) if (value !== null) data[row] = value as never
  return made(node, rows, { data, valid })
}

function offsetsOf<Item>(items: readonly (Item | null)[], size: (item: Item) => number): Int32Array {
  const offsets = new Int32Array(items.length + 1)
  for (const [row, item] of items.entries())
    offsets[row + 1] = (offsets[row] ?? 0) + (item === null ? 0 : size(item))
  return offsets
}

function decimalWords(values: readonly Value[]): Uint32Array {
  const halves = new BigUint64Array(values.length * 2)
  for (const [row, value] of values.entries()) {
    const bits = BigInt.asUintN(128, (value ?? 0n) as bigint)
    halves[row * 2] = bits & 0xffff_ffff_ffff_ffffn
    halves[row * 2 + 1] = bits >> 64n
  }
  return new Uint32Array(halves.buffer)
}
