import { frameHeaderBytes, sealFrame } from '../../../kernel/framing/frames.ts'
import type { Micros } from '../../../kernel/time.ts'
import { cellReader, cellWriter, type Field, reserve, type Value } from '../../../kernel/values/index.ts'
import type { PushReport } from '../../online/push.ts'

/** Columns of the rows behind it. Rows are written with those of the definition of their time. */
export interface SchemaRecord {
  readonly kind: 'schema'
  readonly fields: readonly Field[]
}

/** The accepted rows of one write; row i has the ingest sequence `first + i`. */
export interface BatchRecord {
  readonly kind: 'batch'
  readonly first: bigint
  /** Fettle's clock when it accepted them. */
  readonly now: Micros
  readonly online: boolean
  readonly offline: boolean
  /** Views written to; null: every view of the source. */
  readonly views: readonly string[] | null
  readonly batchId: string | null
  readonly bodyHash: string | null
  readonly rows: readonly (readonly Value[])[]
}

/** What became of a batch: it is in the store. */
export interface ResultRecord {
  readonly kind: 'result'
  readonly first: bigint
  readonly report: PushReport
}

export type JournalRecord = SchemaRecord | BatchRecord | ResultRecord

const formats = { schema: 1, batch: 2, result: 3 } as const
const prefixBytes = 4
const fixedBytes = 24

/** A record as a frame. The fields are those of the last schema before it. */
export function encodeRecord(record: JournalRecord, fields: readonly Field[]): Buffer {
  const buffer = { bytes: Buffer.alloc(1024), length: frameHeaderBytes + prefixBytes }
  buffer.bytes.writeUInt8(formats[record.kind], frameHeaderBytes)
  buffer.bytes.writeUInt8(1, frameHeaderBytes + 1)
  if (record.kind === 'batch') writeBatch(buffer, record, fields)
  else
    writeJson(buffer, record.kind === 'schema' ? record.fields : { ...record, first: String(record.first) })
  const frame = buffer.bytes.subarray(0, buffer.length)
  sealFrame(frame, 0, frame.length - frameHeaderBytes)
  return frame
}

interface Target {
  bytes: Buffer
  length: number
}

function writeJson(buffer: Target, value: unknown): void {
  const text = JSON.stringify(value)
  reserve(buffer, Buffer.byteLength(text))
  buffer.length += buffer.bytes.write(text, buffer.length)
}

function writeBatch(buffer: Target, batch: BatchRecord, fields: readonly Field[]): void {
  const { first, now, online, offline, views, batchId, bodyHash, rows } = batch
  const head = Buffer.from(JSON.stringify({ views, batchId, bodyHash }))
  reserve(buffer, fixedBytes + head.length)
  const { bytes, length } = buffer
  bytes.writeBigInt64LE(first, length)
  bytes.writeBigInt64LE(now, length + 8)
  bytes.writeUInt16LE((online ? 1 : 0) | (offline ? 2 : 0), length + 16)
  bytes.writeUInt16LE(head.length, length + 18)
  bytes.writeUInt32LE(rows.length, length + 20)
  head.copy(bytes, length + fixedBytes)
  buffer.length += fixedBytes + head.length
  const writers = fields.map(field => cellWriter(field.type))
  for (const row of rows) for (const [column, write] of writers.entries()) write(buffer, row[column] ?? null)
}

/** The record in a payload; undefined for a format this version does not know. */
export function decodeRecord(payload: Buffer, fields: readonly Field[]): JournalRecord | undefined {
  const body = payload.subarray(prefixBytes)
  switch (payload[0]) {
    case formats.schema:
      return { kind: 'schema', fields: JSON.parse(body.toString('utf8')) as Field[] }
    case formats.batch:
      return readBatch(body, fields)
    case formats.result: {
      const result = JSON.parse(body.toString('utf8')) as { first: string; report: PushReport }
      return { kind: 'result', first: BigInt(result.first), report: result.report }
    }
    default:
      return undefined
  }
}

function readBatch(body: Buffer, fields: readonly Field[]): BatchRecord {
  const headLength = body.readUInt16LE(18)
  const head = JSON.parse(body.toString('utf8', fixedBytes, fixedBytes + headLength)) as Pick<
    BatchRecord,
    'views' | 'batchId' | 'bodyHash'
  >
  const readers = fields.map(field => cellReader(field.type))
  const cursor = { bytes: body, at: fixedBytes + headLength }
  const sides = body.readUInt16LE(16)
  return {
    kind: 'batch',
    first: body.readBigInt64LE(0),
    now: body.readBigInt64LE(8),
    online: (sides & 1) !== 0,
    offline: (sides & 2) !== 0,
    ...head,
    rows: Array.from({ length: body.readUInt32LE(20) }, () => readers.map(read => read(cursor))),
  }
}
