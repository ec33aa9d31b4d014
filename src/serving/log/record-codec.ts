import { FettleError } from '../../kernel/errors/index.ts'
import { frameHeaderBytes, maxPayloadBytes, sealFrame } from '../../kernel/framing/frames.ts'
import type { Value } from '../../kernel/values/model.ts'
import {
  armReasons,
  arms,
  type DecidedRequest,
  type DecidedRow,
  decisionKinds,
  latencyParts,
  type ReleaseNote,
  servedByNames,
} from '../model.ts'

/** First byte of a payload. A note is JSON; decisions are packed. */
export const payloadFormats = { note: 1, decisions: 2 } as const
/** Of decisions: frames of version 1 say nothing of arms and kinds, and stay readable. */
const schemaVersions = { note: 1, decisions: 2 } as const
/** What of a frame is there: bits of its flags. `later`: row 0 of the request is in another frame. */
export const frameFlags = {
  assignment: 1,
  sticky: 2,
  shadowOf: 4,
  parentId: 8,
  jobId: 16,
  caller: 32,
  numbered: 64,
  later: 128,
} as const
/** u8 format, u8 schema version, u16 count. */
export const payloadHeaderBytes = 4

/** Tags of self-describing values. */
export const valueTags = { null: 0, false: 1, true: 2, number: 3, bigint: 4, string: 5, bytes: 6 } as const

/** A buffer that grows and is used again after every write: no allocation per record. */
export interface FrameBuffer {
  bytes: Buffer
  /** Of the same memory: numbers are written several times faster through it. */
  view: DataView
  end: number
}

export function frameBuffer(size = 256 * 1024): FrameBuffer {
  const bytes = Buffer.allocUnsafeSlow(size)
  return { bytes, view: new DataView(bytes.buffer), end: 0 }
}

function reserve(out: FrameBuffer, more: number): void {
  if (out.end + more <= out.bytes.length) return
  const bytes = Buffer.allocUnsafeSlow(Math.max(out.bytes.length * 2, out.end + more))
  out.bytes.copy(bytes, 0, 0, out.end)
  out.bytes = bytes
  out.view = new DataView(bytes.buffer)
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
 * Appends what one release decided of a request as a frame; `note` is the number its release note has in this segment.
 * Layout (little endian): u16 note, 16-byte base, f64 received, decided, as-of (µs), u8 served-by, u8 retries, u32 × 5
 * latencies, u8 kind, u8 arm, u8 flags, text request id, u8 n × text degraded reasons, then what the flags name: text
 * salt and f64 seq, texts of shadow-of, parent, job and caller. Per row: u32 row number, i16 bucket (−1 none) and u8
 * arm reason if the flags say `numbered` (else the rows are 0 … n − 1 of an `only` arm), the request fields as tagged
 * values, f64 × columns, u8 × columns states, f64 × lookups event times (NaN = none), f64 score, u8 acted (0 no, 1 yes,
 * 2 no threshold) and, when the note lists segments, i32 the place of the row's in that list (−1 none).
 */
export function appendDecisions(out: FrameBuffer, note: number, request: DecidedRequest): void {
  const begun = out.end
  const flags = flagsOf(request)
  reserve(out, 512 + textRoom(request))
  const start = beginFrame(out, payloadFormats.decisions, request.rows.length)
  const { bytes, view } = out
  let at = bytes.writeUInt16LE(note, out.end)
  at += bytes.write(request.base.replaceAll('-', ''), at, 'hex')
  view.setFloat64(at, Number(request.receivedAt), true)
  view.setFloat64(at + 8, Number(request.decidedAt), true)
  view.setFloat64(at + 16, Number(request.asOf), true)
  at += 24
  bytes[at++] = servedByNames.indexOf(request.servedBy)
  bytes[at++] = Math.min(request.retries, 255)
  for (const part of latencyParts) {
    view.setUint32(at, Math.min(request.latency[part], 0xffffffff), true)
    at += 4
  }
  bytes[at++] = decisionKinds.indexOf(request.kind)
  bytes[at++] = arms.indexOf(request.arm)
  bytes[at++] = flags
  at = writeText(bytes, at, request.requestId)
  bytes[at++] = request.degradedReasons.length
  for (const reason of request.degradedReasons) at = writeText(bytes, at, reason)
  out.end = flags & ~frameFlags.numbered & ~frameFlags.later ? writeFlagged(bytes, at, request) : at
  for (const row of request.rows) appendRow(out, request.note, { row, flags })
  if (out.end - begun > maxPayloadBytes) {
    out.end = begun
    throw new FettleError(
      'BATCH_TOO_LARGE',
      'the rows of this request do not fit one record of the prediction log (16 MiB)',
    )
  }
  endFrame(out, start)
}

function flagsOf(request: DecidedRequest): number {
  const { assignment, rows } = request
  let flags = 0
  if (assignment !== null) flags |= frameFlags.assignment | (assignment.sticky ? frameFlags.sticky : 0)
  if (request.shadowOf !== null) flags |= frameFlags.shadowOf
  if (request.parentId !== null) flags |= frameFlags.parentId
  if (request.jobId !== null) flags |= frameFlags.jobId
  if (request.caller !== null) flags |= frameFlags.caller
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as DecidedRow
    if (row.row !== i || row.bucket !== null || row.armReason !== 'only') flags |= frameFlags.numbered
  }
  return rows[0]?.row === 0 || rows.some(each => each.row === 0) ? flags : flags | frameFlags.later
}

/** Bytes the texts of a request take at most. */
function textRoom({ requestId, degradedReasons, assignment, ...request }: DecidedRequest): number {
  let length = requestId.length + (assignment?.salt.length ?? 0) + (request.caller?.length ?? 0)
  for (const reason of degradedReasons) length += reason.length + 2
  length += (request.shadowOf?.length ?? 0) + (request.parentId?.length ?? 0) + (request.jobId?.length ?? 0)
  return length * 3
}

function writeFlagged(bytes: Buffer, from: number, request: DecidedRequest): number {
  const { assignment, shadowOf, parentId, jobId, caller } = request
  let at = from
  if (assignment !== null) {
    at = writeText(bytes, at, assignment.salt)
    at = bytes.writeDoubleLE(assignment.seq, at)
  }
  for (const text of [shadowOf, parentId, jobId, caller]) if (text !== null) at = writeText(bytes, at, text)
  return at
}

function beginFrame(out: FrameBuffer, format: number, count: number): number {
  const start = out.end
  const at = start + frameHeaderBytes
  out.bytes[at] = format
  out.bytes[at + 1] = format === payloadFormats.note ? schemaVersions.note : schemaVersions.decisions
  out.bytes.writeUInt16LE(count, at + 2)
  out.end = at + payloadHeaderBytes
  return start
}

function endFrame(out: FrameBuffer, start: number): void {
  sealFrame(out.bytes, start, out.end - start - frameHeaderBytes)
}

function appendRow(
  out: FrameBuffer,
  note: ReleaseNote,
  { row, flags }: { readonly row: DecidedRow; readonly flags: number },
): void {
  let room = 44 + row.vector.length * 9 + row.eventTimes.length * 8
  for (const field of note.request) room += valueRoom(row.entity[field.name] ?? null)
  reserve(out, room)
  const { bytes, view } = out
  let at = out.end
  if (flags & frameFlags.numbered) {
    view.setUint32(at, row.row, true)
    view.setInt16(at + 4, row.bucket ?? -1, true)
    bytes[at + 6] = armReasons.indexOf(row.armReason)
    at += 7
  }
  for (const field of note.request) {
    const value = row.entity[field.name] ?? null
    if (typeof value === 'number') {
      bytes[at] = valueTags.number
      view.setFloat64(at + 1, value, true)
      at += 9
    } else at = writeValue(bytes, at, value)
  }
  for (let column = 0; column < row.vector.length; column++, at += 8)
    view.setFloat64(at, row.vector[column] as number, true)
  bytes.set(row.states, at)
  at += row.states.length
  for (const time of row.eventTimes) {
    view.setFloat64(at, time === null ? Number.NaN : Number(time), true)
    at += 8
  }
  view.setFloat64(at, row.score, true)
  bytes[at + 8] = row.acted === null ? 2 : row.acted ? 1 : 0
  out.end = note.action?.segments ? bytes.writeInt32LE(row.segmentAt, at + 9) : at + 9
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

function writeValue(bytes: Buffer, at: number, value: Exclude<Value, number>): number {
  switch (typeof value) {
    case 'string': {
      const length = bytes.write(value, at + 5)
      bytes[at] = valueTags.string
      bytes.writeUInt32LE(length, at + 1)
      return at + 5 + length
    }
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
