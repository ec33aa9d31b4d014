import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FettleError } from '../../../kernel/errors/index.ts'
import { crc32c } from '../../../kernel/framing/crc32c.ts'
import { frameHeaderBytes, framePayloadLength, validPrefix } from '../../../kernel/framing/frames.ts'
import type { Micros } from '../../../kernel/time.ts'
import type { Field } from '../../../kernel/values/index.ts'
import { type BatchRecord, decodeRecord, type JournalRecord } from './records.ts'

/** A file of the journal: 64 bytes of header, then frames as in the prediction log. */
export interface SegmentFile {
  readonly path: string
  /** Ingest sequence of the first row that may be in it. */
  readonly first: bigint
}

export const segmentHeaderBytes = 64
const magic = 'FTLJRNL1'

/** The header: `FTLJRNL1`, u32 version 1, u32 0, i64 first sequence, i64 created µs, zeros, u32 CRC-32C of the first 60. */
export function encodeHeader(first: bigint, createdAt: Micros): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes)
  bytes.write(magic, 0, 'latin1')
  bytes.writeUInt32LE(1, 8)
  bytes.writeBigInt64LE(first, 16)
  bytes.writeBigInt64LE(createdAt, 24)
  bytes.writeUInt32LE(crc32c(bytes, 0, 60), 60)
  return bytes
}

function hasHeader(bytes: Buffer): boolean {
  return (
    bytes.length >= segmentHeaderBytes &&
    bytes.toString('latin1', 0, 8) === magic &&
    bytes.readUInt32LE(60) === crc32c(bytes, 0, 60)
  )
}

export function segmentPath(folder: string, first: bigint): string {
  return join(folder, `${String(first).padStart(20, '0')}.journal`)
}

/** Segments of one source's journal, oldest first. Only the last one is written to. */
export function listSegments(folder: string): readonly SegmentFile[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap(file => {
      const match = /^(\d{20})\.journal$/.exec(file)
      return match ? [{ path: join(folder, file), first: BigInt(match[1] ?? '0') }] : []
    })
    .sort((left, right) => (left.first < right.first ? -1 : 1))
}

export interface SegmentContent {
  readonly createdAt: Micros
  readonly records: readonly JournalRecord[]
  /** Bytes of header and whole frames; what is behind them is torn. */
  readonly validBytes: number
  readonly bytes: number
  readonly fields: readonly Field[]
}

/** The longest valid prefix of a segment; undefined if even its header is not whole. */
export function readSegment(path: string): SegmentContent | undefined {
  const bytes = readFileSync(path)
  if (!hasHeader(bytes)) return undefined
  const { end } = validPrefix(bytes, segmentHeaderBytes)
  const records: JournalRecord[] = []
  let fields: readonly Field[] = []
  for (let at = segmentHeaderBytes; at < end; ) {
    const length = framePayloadLength(bytes, at) ?? 0
    const from = at + frameHeaderBytes
    const record = decodeRecord(bytes.subarray(from, from + length), fields)
    if (record?.kind === 'schema') fields = record.fields
    if (record) records.push(record)
    at = from + length
  }
  return { createdAt: bytes.readBigInt64LE(24), records, validBytes: end, bytes: bytes.length, fields }
}

/** A segment that is no longer written to must be whole: a bad frame in it is damage, not a torn tail. */
export function readSealed(path: string): SegmentContent {
  const content = readSegment(path)
  if (content && content.validBytes === content.bytes) return content
  throw new FettleError(
    'JOURNAL_DAMAGED',
    `${path} has a damaged record behind byte ${content?.validBytes ?? 0}`,
    {
      details: { offset: content?.validBytes ?? 0 },
    },
  )
}

/**
 * Batches of a journal with a row behind an ingest sequence, oldest first. The last segment may be written to at the
 * same time.
 */
export function* allBatches(
  folder: string,
  after = 0n,
): Generator<{ readonly batch: BatchRecord; readonly fields: readonly Field[] }> {
  const segments = listSegments(folder)
  for (const [index, { path }] of segments.entries()) {
    const next = segments[index + 1]
    if (next !== undefined && next.first <= after + 1n) continue
    const content = path === segments.at(-1)?.path ? readSegment(path) : readSealed(path)
    let fields: readonly Field[] = []
    for (const record of content?.records ?? []) {
      if (record.kind === 'schema') fields = record.fields
      else if (record.kind === 'batch' && record.first + BigInt(record.rows.length) - 1n > after)
        yield { batch: record, fields }
    }
  }
}
