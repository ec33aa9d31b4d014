import type { Vector } from 'apache-arrow'
import type { SourceData } from '../../definitions/model.ts'
import type { FeatureCatalog, FeatureWriteRequest } from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Micros } from '../../kernel/time.ts'
import { parseType, type TypeNode, type Value } from '../../kernel/values/index.ts'
import {
  batch,
  type Mismatch,
  missing,
  refuseUnknown,
  requireFew,
  transposed,
  type WriteCall,
} from './write.ts'

interface Sent {
  readonly body: Buffer
  readonly now: Micros
  /** `source`, and optionally `to`, `atomic=true`, `batchId`: an Arrow stream has no place for them. */
  readonly query: URLSearchParams
}

/** A write whose body is one Arrow IPC stream with the source's columns. */
export async function decodeArrowWrite(
  catalog: FeatureCatalog,
  { body, now, query }: Sent,
): Promise<WriteCall> {
  const name = query.get('source') ?? ''
  const to = query.get('to')
  if (to !== null && to !== 'online' && to !== 'offline' && to !== 'both')
    throw new FettleError('BAD_REQUEST', 'to is not online, offline or both')
  const request: Omit<FeatureWriteRequest, 'rows'> = {
    source: name,
    now,
    ...(to === null ? {} : { to }),
    ...(query.get('atomic') === 'true' ? { atomic: true } : {}),
    ...batch(query.get('batchId'), body),
  }
  const source = catalog.sources.find(each => each.name === name)
  if (!source) return { request: { ...request, rows: [] }, source, mismatches: new Map() }
  const table = await readTable(body)
  refuseUnknown(source, table.schema.names.map(String))
  requireFew(table.numRows)
  const mismatches = new Map<number, Mismatch>()
  const columns = source.columns.map(column => {
    const vector = table.getChild(column.name)
    if (!vector) throw missing(column.name)
    return columnValues(vector, column, mismatches)
  })
  return { request: { ...request, rows: transposed(columns) }, source, mismatches }
}

async function readTable(body: Buffer) {
  const { tableFromIPC } = await import('apache-arrow')
  try {
    return tableFromIPC(body)
  } catch (cause) {
    throw new FettleError('BAD_REQUEST', `the body is not an Arrow IPC stream: ${messageOf(cause)}`, {
      cause,
    })
  }
}

function columnValues(
  vector: Vector,
  { name, type }: SourceData['columns'][number],
  mismatches: Map<number, Mismatch>,
): readonly (Value | undefined)[] {
  const read = readerOf(parseType(type), String(vector.type))
  if (read === undefined)
    throw new FettleError('TYPE_MISMATCH', `column "${name}" is ${vector.type}, not ${type}`, {
      details: { column: name, wanted: type },
    })
  return Array.from({ length: vector.length }, (_, row) => {
    const value: unknown = vector.get(row)
    const typed = value === null || value === undefined ? null : read(value, vector, row)
    if (typed === undefined && !mismatches.has(row))
      mismatches.set(row, { column: name, wanted: type, found: `the value of row ${row}` })
    return typed
  })
}

type Read = (value: unknown, vector: Vector, row: number) => Value | undefined

/** Types that have the value exactly; undefined for any other Arrow type. */
function readerOf(node: TypeNode, arrow: string): Read | undefined {
  if (node.kind !== 'scalar') return undefined
  switch (node.name) {
    case 'bool':
      return arrow === 'Bool' ? value => value === true : undefined
    case 'string':
      return /^(Large)?Utf8$|^Dictionary<.*Utf8>$/.test(arrow) ? value => String(value) : undefined
    case 'int64':
      return /^U?[Ii]nt(8|16|32|64)$/.test(arrow)
        ? value => int64(BigInt(value as number | bigint))
        : undefined
    case 'float64':
      return arrow === 'Float64' || arrow === 'Float32' ? value => value as number : undefined
    case 'float32':
      return arrow === 'Float32' ? value => value as number : undefined
    case 'bytes':
      return /^(Large)?Binary$/.test(arrow) ? value => new Uint8Array(value as Uint8Array) : undefined
    case 'timestamp':
      return /^Timestamp<MICROSECOND/.test(arrow) ? rawLong : undefined
    case 'date':
      return /^Date32<DAY>$/.test(arrow) ? value => Math.round(Number(value) / 86_400_000) : undefined
  }
}

function int64(value: bigint): bigint | undefined {
  return BigInt.asIntN(64, value) === value ? value : undefined
}

/** The stored 64 bits: Arrow's own accessor turns microseconds into milliseconds. */
const rawLong: Read = (_value, vector, row) => {
  let at = row
  for (const chunk of vector.data) {
    if (at < chunk.length) return (chunk.values as BigInt64Array)[at]
    at -= chunk.length
  }
  return undefined
}
