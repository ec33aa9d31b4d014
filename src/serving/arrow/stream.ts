import { parseType, type ValueType } from '../../kernel/values/index.ts'
import { addBytes, type Output, reserveBytes, writtenBytes } from '../written-bytes.ts'
import { addString, addTable, addVector, align, refer, reference, type Slot } from './flat-buffers.ts'

/** A column of an Arrow stream: a flat value type, or an unsigned byte. */
export interface ArrowField {
  readonly name: string
  readonly type: ValueType | 'uint8'
  readonly nullable: boolean
}

/** Numbers of the format's types (Schema.fbs), and their members. */
const types: Readonly<Record<string, { readonly id: number; readonly members: readonly Slot[] }>> = {
  uint8: { id: 2, members: [[4, 8], null] },
  int64: {
    id: 2,
    members: [
      [4, 64],
      [1, 1],
    ],
  },
  float32: { id: 3, members: [[2, 1]] },
  float64: { id: 3, members: [[2, 2]] },
  bytes: { id: 4, members: [] },
  string: { id: 5, members: [] },
  bool: { id: 6, members: [] },
  date: { id: 8, members: [[2, 0]] },
  timestamp: { id: 10, members: [[2, 2], reference] },
}

const version: Slot = [2, 4]

/** True for columns that {@link addSchema} and the batches can write: all but lists and maps. */
export function isFlat(type: ValueType): boolean {
  return types[type] !== undefined || parseType(type).kind === 'decimal'
}

function typeOf(type: ArrowField['type']): { readonly id: number; readonly members: readonly Slot[] } {
  const known = types[type]
  if (known) return known
  const node = parseType(type)
  if (node.kind !== 'decimal') throw new TypeError(`${type} is not flat`)
  return {
    id: 7,
    members: [
      [4, node.precision],
      [4, node.scale],
      [4, 128],
    ],
  }
}

/** Begins a message and says where; what is written until its end is its metadata, and the body comes behind. */
function beginMessage(out: Output): number {
  align(out)
  const begin = out.length
  reserveBytes(out, 16)
  out.bytes.writeInt32LE(-1, begin)
  // The metadata begin with the reference to their table.
  out.length = begin + 12
  return begin
}

/** Pads the metadata of the message begun there to eight bytes. */
function endMessage(out: Output, begin: number): void {
  align(out)
  out.bytes.writeInt32LE(out.length - begin - 8, begin + 4)
}

/** Ends a stream. */
export function addEnd(out: Output): void {
  reserveBytes(out, 8)
  out.length = out.bytes.writeInt32LE(0, out.bytes.writeInt32LE(-1, out.length))
}

/** Header kinds of messages. */
const headers = { schema: 1, batch: 3 } as const

/** The message table; where its body length and its header are referred to. */
function addHeader(out: Output, kind: keyof typeof headers) {
  const root = out.length - 4
  const table = addTable(out, [version, [1, headers[kind]], reference, [8, 0]])
  refer(out, root, table.at)
  return { header: table.slots[2], bodyLength: table.slots[3] ?? 0 }
}

/** A schema as far as it is equal for all answers of equal columns: what begins its message, and where metadata go. */
export interface SchemaStart {
  readonly bytes: Uint8Array
  readonly metadataSlot: number
}

/** Begins the message that says what columns there are: the first of a stream. */
export function schemaStart(fields: readonly ArrowField[]): SchemaStart {
  let metadataSlot = 0
  const bytes = writtenBytes(out => {
    beginMessage(out)
    const { header } = addHeader(out, 'schema')
    const schema = addTable(out, [[2, 0], reference, reference])
    refer(out, header, schema.at)
    addFields(out, fields, schema.slots[1])
    metadataSlot = schema.slots[2] ?? 0
  })
  return { bytes, metadataSlot }
}

/** Writes the message, at the beginning of a stream, with metadata of the whole. */
export function addSchema(
  out: Output,
  { bytes, metadataSlot }: SchemaStart,
  metadata: ReadonlyMap<string, string>,
): void {
  addBytes(out, bytes)
  const pairs = addVector(out, metadata.size, 4)
  refer(out, metadataSlot, pairs.at)
  let pair = pairs.first
  for (const [key, value] of metadata) {
    const entry = addTable(out, [reference, reference])
    refer(out, pair, entry.at)
    refer(out, entry.slots[0], addString(out, key))
    refer(out, entry.slots[1], addString(out, value))
    pair += 4
  }
  endMessage(out, 0)
}

function addFields(out: Output, fields: readonly ArrowField[], from: number | undefined): void {
  const list = addVector(out, fields.length, 4)
  refer(out, from, list.at)
  const waiting = new Map<ArrowField['type'], (number | undefined)[]>()
  const childless: (number | undefined)[] = []
  fields.forEach(({ name, type, nullable }, index) => {
    const { id } = typeOf(type)
    const field = addTable(out, [reference, [1, nullable ? 1 : 0], [1, id], reference, null, reference])
    refer(out, list.first + index * 4, field.at)
    refer(out, field.slots[0], addString(out, name))
    const others = waiting.get(type)
    if (others) others.push(field.slots[3])
    else waiting.set(type, [field.slots[3]])
    childless.push(field.slots[5])
  })
  // Equal types, and the list of no children, are written once.
  for (const [type, slots] of waiting) {
    const table = addTable(out, typeOf(type).members)
    for (const slot of slots) refer(out, slot, table.at)
    if (type === 'timestamp') refer(out, table.slots[1], addString(out, 'UTC'))
  }
  const none = addVector(out, 0, 4)
  for (const slot of childless) refer(out, slot, none.at)
}

/** A batch whose body is being written behind its message. */
export interface BatchWriter {
  /** Begins a column. */
  column(nulls: number): void
  /** Writes a buffer of a column: `bytes` of them are reserved, zeroed, at the offset given to `write`. */
  buffer(bytes: number, write: (at: number) => void): void
}

/** Writes one batch of `rows` rows; `columns` and `buffers` are how many `write` makes. */
export function addBatch(
  out: Output,
  { rows, columns, buffers }: { readonly rows: number; readonly columns: number; readonly buffers: number },
  write: (batch: BatchWriter) => void,
): void {
  const begin = beginMessage(out)
  const { header, bodyLength } = addHeader(out, 'batch')
  const batch = addTable(out, [[8, rows], reference, reference])
  refer(out, header, batch.at)
  const nodes = addVector(out, columns, 16)
  refer(out, batch.slots[1], nodes.at)
  const list = addVector(out, buffers, 16)
  refer(out, batch.slots[2], list.at)
  endMessage(out, begin)
  const places = { node: nodes.first, buffer: list.first }
  const body = out.length
  const put = (value: number, at: number): void => {
    out.bytes.writeUInt32LE(value, at)
  }
  write({
    column: nulls => {
      put(rows, places.node)
      put(nulls, places.node + 8)
      places.node += 16
    },
    buffer: (bytes, fill) => {
      reserveBytes(out, bytes + 8)
      put(out.length - body, places.buffer)
      put(bytes, places.buffer + 8)
      places.buffer += 16
      const at = out.length
      out.bytes.fill(0, at, at + bytes)
      out.length = at + bytes
      fill(at)
      align(out)
    },
  })
  put(out.length - body, bodyLength)
}
