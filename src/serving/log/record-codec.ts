import { FettleError } from '../../kernel/errors/index.ts'
import { frameHeaderBytes, maxPayloadBytes, sealFrame } from '../../kernel/framing/frames.ts'
import type { Value } from '../../kernel/values/model.ts'
import {
  type DecidedRequest,
  type DecidedRow,
  latencyParts,
  type ReleaseNote,
  servedByNames,
} from '../model.ts'

/** First byte of a payload. A note is JSON; decisions are packed. */
export const payloadFormats = { note: 1, decisions: 2 } as const
const schemaVersion = 1
/** u8 format, u8 schema version, u16 count. */
export const payloadHeaderBytes = 4

/** Tags of self-describing values. */
export const valueTags = { null: 0, false: 1, true: 2, number: 3, bigint: 4, string: 5, bytes: 6 } as const

/** A buffer that grows and is used again after every write: no allocation per record. */
export interface FrameBuffer {
  bytes: Buffer
  end: number
}

export function frameBuffer(bytes = 256 * 1024): FrameBuffer {
  return { bytes: Buffer.allocUnsafeSlow(bytes), end: 0 }
}

function reserve(out: FrameBuffer, more: number): void {
  if (out.end + more <= out.bytes.length) return
  const bytes = Buffer.allocUnsafeSlow(Math.max(out.bytes.length * 2, out.end + more))
  out.bytes.copy(bytes, 0, 0, out.end)
  out.bytes = bytes
}

/** Appends the frame that says what release note `index` of this segment is. */
export function appendNote(out: FrameBuffer, index: number, note: ReleaseNote): void {
  const body = Buffer.from(JSON.stringify(note))
  reserve(out, frameHeaderBytes + payloadHeaderBytes + body.length)
  const start = beginFrame(out, payloadFormats.note, index)
  out.end += body.copy(out.bytes, out.end)
  endFrame(out, start)
}

/**
 * Appends one request as a frame; `note` is the number its release note has in this segment. Layout (little endian):
 * u16 note, 16-byte base, f64 received, decided, as-of (µs), u8 served-by, u8 retries, u32 × 5 latencies, text request
 * id, u8 n × text degraded reasons, then per row: the request fields as tagged values, f64 × columns, u8 × columns
 * states, f64 × lookups event times (NaN = none), f64 score, u8 acted (0 no, 1 yes, 2 no threshold) and, when the note
 * lists segments, i32 the place of the row's in that list (−1 none).
 */
export function appendDecisions(out: FrameBuffer, note: number, request: DecidedRequest): void {
  const begun = out.end
  reserve(out, 256 + request.requestId.length * 3 + request.degradedReasons.join('').length * 3)
  const start = beginFrame(out, payloadFormats.decisions, request.rows.length)
  const { bytes } = out
  let at = bytes.writeUInt16LE(note, out.end)
  at += bytes.write(request.base.replaceAll('-', ''), at, 'hex')
  at = bytes.writeDoubleLE(Number(request.receivedAt), at)
  at = bytes.writeDoubleLE(Number(request.decidedAt), at)
  at = bytes.writeDoubleLE(Number(request.asOf), at)
  at = bytes.writeUInt8(servedByNames.indexOf(request.servedBy), at)
  at = bytes.writeUInt8(request.retries, at)
  for (const part of latencyParts)
    at = bytes.writeUInt32LE(Math.min(request.latency[part], 0xffffffff) >>> 0, at)
  at = writeText(bytes, at, request.requestId)
  at = bytes.writeUInt8(request.degradedReasons.length, at)
  for (const reason of request.degradedReasons) at = writeText(bytes, at, reason)
  out.end = at
  for (const row of request.rows) appendRow(out, request.note, row)
  if (out.end - begun > maxPayloadBytes) {
    out.end = begun
    throw new FettleError(
      'BATCH_TOO_LARGE',
      'the rows of this request do not fit one record of the prediction log (16 MiB)',
    )
  }
  endFrame(out, start)
}

function beginFrame(out: FrameBuffer, format: number, count: number): number {
  const start = out.end
  const at = start + frameHeaderBytes
  out.bytes[at] = format
  out.bytes[at + 1] = schemaVersion
  out.bytes.writeUInt16LE(count, at + 2)
  out.end = at + payloadHeaderBytes
  return start
}

function endFrame(out: FrameBuffer, start: number): void {
  sealFrame(out.bytes, start, out.end - start - frameHeaderBytes)
}

function appendRow(out: FrameBuffer, note: ReleaseNote, row: DecidedRow): void {
  let room = 36 + row.vector.length * 9 + row.eventTimes.length * 8
  for (const field of note.request) room += valueRoom(row.entity[field.name] ?? null)
  reserve(out, room)
  const { bytes } = out
  let at = out.end
  for (const field of note.request) at = writeValue(bytes, at, row.entity[field.name] ?? null)
  for (const value of row.vector) at = bytes.writeDoubleLE(value, at)
  bytes.set(row.states, at)
  at += row.states.length
  for (const time of row.eventTimes) at = bytes.writeDoubleLE(time === null ? Number.NaN : Number(time), at)
  at = bytes.writeDoubleLE(row.score, at)
  at = bytes.writeUInt8(row.acted === null ? 2 : row.acted ? 1 : 0, at)
  out.end = note.action?.segments ? bytes.writeInt32LE(row.segmentAt, at) : at
}

function valueRoom(value: Value): number {
  if (typeof value === 'string') return 5 + value.length * 3
  return value instanceof Uint8Array ? 5 + value.length : 9
}

function writeText(bytes: Buffer, at: number, text: string): number {
  const length = bytes.write(text, at + 2)
  bytes.writeUInt16LE(length, at)
  return at + 2 + length
}

function writeValue(bytes: Buffer, at: number, value: Value): number {
  switch (typeof value) {
    case 'string': {
      const length = bytes.write(value, at + 5)
      bytes[at] = valueTags.string
      bytes.writeUInt32LE(length, at + 1)
      return at + 5 + length
    }
    case 'number':
      bytes[at] = valueTags.number
      return bytes.writeDoubleLE(value, at + 1)
    case 'bigint':
      bytes[at] = valueTags.bigint
      return bytes.writeBigInt64LE(value, at + 1)
    case 'boolean':
      bytes[at] = value ? valueTags.true : valueTags.false
      return at + 1
    default:
      if (value instanceof Uint8Array) {
        bytes[at] = valueTags.bytes
        bytes.writeUInt32LE(value.length, at + 1)
        bytes.set(value, at + 5)
        return at + 5 + value.length
      }
      bytes[at] = valueTags.null
      return at + 1
  }
}
