import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/model.ts'
import {
  armReasons,
  arms,
  type DecisionKind,
  type DecisionRecord,
  decisionKinds,
  type FeatureState,
  featureStates,
  type Latency,
  latencyParts,
  type ReleaseNote,
  servedByNames,
} from '../model.ts'
import { frameFlags, payloadHeaderBytes, valueTags } from './record-codec.ts'

interface Cursor {
  readonly bytes: Buffer
  readonly view: DataView
  readonly slab: VectorSlab
  at: number
}

/** The note of a payload of format `note`, with its number in the segment. */
export function decodeNote(payload: Buffer): { readonly index: number; readonly note: ReleaseNote } {
  return {
    index: payload.readUInt16LE(2),
    note: JSON.parse(payload.toString('utf8', payloadHeaderBytes)) as ReleaseNote,
  }
}

/** How a base, a UUID, is told in what is peeked. */
export function baseKey(base: string): string {
  return Buffer.from(base.replaceAll('-', ''), 'hex').toString('latin1')
}

/** Memory of vectors that are decoded together: an array of their own each is what decoding would spend its time on. */
export interface VectorSlab {
  values: Float64Array
  end: number
  /** States of the row that was decoded last. */
  last?: { readonly bytes: Buffer; readonly states: readonly FeatureState[] }
}

const slabValues = 2048

export const vectorSlab = (): VectorSlab => ({ values: new Float64Array(0), end: 0 })

function takeVector(slab: VectorSlab, width: number): Float64Array {
  if (slab.end + width > slab.values.length) {
    slab.values = new Float64Array(Math.max(width, slabValues))
    slab.end = 0
  }
  slab.end += width
  return slab.values.subarray(slab.end - width, slab.end)
}

/** What can be said of a payload of decisions without reading its rows. */
export function peekDecisions(payload: Buffer): PeekedDecisions {
  const first = payload[1] === 1
  const flags = first ? 0 : (payload[payloadHeaderBytes + 66] ?? 0)
  return {
    kind: first ? 'online' : (decisionKinds[payload[payloadHeaderBytes + 64] ?? 0] ?? 'online'),
    begins: (flags & frameFlags.later) === 0,
    rows: payload.readUInt16LE(2),
    note: payload.readUInt16LE(payloadHeaderBytes),
    base: payload.toString('latin1', payloadHeaderBytes + 2, payloadHeaderBytes + 18),
    decidedAt: payload.readDoubleLE(payloadHeaderBytes + 26),
    receivedAt: payload.readDoubleLE(payloadHeaderBytes + 18),
    degraded: servedByNames[payload[payloadHeaderBytes + 42] ?? 0] !== 'model',
  }
}

export interface PeekedDecisions {
  readonly kind: DecisionKind
  /** It holds row 0 of its request, which may be several frames. */
  readonly begins: boolean
  readonly rows: number
  readonly note: number
  /** The 16 bytes of the prediction base, a character each: {@link baseKey}. */
  readonly base: string
  /** UTC, µs. */
  readonly decidedAt: number
  readonly receivedAt: number
  readonly degraded: boolean
}

/** Every decision of a payload of format `decisions`, in row order. */
export function decodeDecisions(
  payload: Buffer,
  note: ReleaseNote,
  { logged, slab }: { readonly logged: DecisionRecord['logged']; readonly slab?: VectorSlab },
): readonly DecisionRecord[] {
  const cursor: Cursor = {
    bytes: payload,
    view: new DataView(payload.buffer, payload.byteOffset, payload.length),
    slab: slab ?? { values: new Float64Array(payload.readUInt16LE(2) * note.vector.length), end: 0 },
    at: payloadHeaderBytes + 2,
  }
  const hex = payload.toString('hex', cursor.at, cursor.at + 16)
  cursor.at += 16
  const base = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  const receivedAt = BigInt(readDouble(cursor))
  const decidedAt = BigInt(readDouble(cursor))
  const asOf = BigInt(readDouble(cursor))
  const servedBy = servedByNames[readByte(cursor)] ?? 'model'
  const retries = readByte(cursor)
  const latency = readLatency(cursor)
  const routed = payload[1] === 1 ? firstVersion : readRouted(cursor)
  const requestId = readText(cursor)
  const reasons = readByte(cursor)
  const degradedReasons = reasons === 0 ? none : Array.from({ length: reasons }, () => readText(cursor))
  const shared = { kind: routed.kind, arm: routed.arm, ...readFlagged(cursor, routed.flags) }
  return Array.from({ length: payload.readUInt16LE(2) }, (_, i) => {
    const placed = routed.flags & frameFlags.numbered ? readPlace(cursor) : { ...unrouted, row: i }
    const row = readRow(cursor, note)
    // Spelled out: an object spread together from this many fields is a slow dictionary of several times the size.
    return {
      predictionId: `${base}-${placed.row}`,
      base,
      row: placed.row,
      bucket: placed.bucket,
      armReason: placed.armReason,
      kind: shared.kind,
      arm: shared.arm,
      assignment: shared.assignment,
      shadowOf: shared.shadowOf,
      parentId: shared.parentId,
      jobId: shared.jobId,
      caller: shared.caller,
      receivedAt,
      decidedAt,
      asOf,
      servedBy,
      retries,
      latency,
      requestId,
      degradedReasons,
      release: note,
      logged,
      entity: row.entity,
      vector: row.vector,
      states: row.states,
      eventTimes: row.eventTimes,
      score: row.score,
      acted: row.acted,
      action: row.action,
      threshold: row.threshold,
      segment: row.segment,
    }
  })
}

const none: readonly string[] = []

function readLatency(cursor: Cursor): Latency {
  const latency = {} as Record<keyof Latency, number>
  for (const part of latencyParts) latency[part] = readUint32(cursor)
  return latency
}

/** Of frames of the first schema version: nothing was rolled out. */
const firstVersion = { kind: 'online', arm: 'champion', flags: 0 } as const
const unrouted = { bucket: null, armReason: 'only' } as const

function readRouted(cursor: Cursor): Pick<DecisionRecord, 'kind' | 'arm'> & { readonly flags: number } {
  const kind = decisionKinds[readByte(cursor)] ?? 'online'
  const arm = arms[readByte(cursor)] ?? 'champion'
  return { kind, arm, flags: readByte(cursor) }
}

type Flagged = Pick<DecisionRecord, 'assignment' | 'shadowOf' | 'parentId' | 'jobId' | 'caller'>

function readFlagged(cursor: Cursor, flags: number): Flagged {
  const text = (flag: number) => (flags & flag ? readText(cursor) : null)
  const salt = text(frameFlags.assignment)
  return {
    assignment:
      salt === null ? null : { salt, sticky: (flags & frameFlags.sticky) !== 0, seq: readDouble(cursor) },
    shadowOf: text(frameFlags.shadowOf),
    parentId: text(frameFlags.parentId),
    jobId: text(frameFlags.jobId),
    caller: text(frameFlags.caller),
  }
}

function readPlace(cursor: Cursor): Pick<DecisionRecord, 'row' | 'bucket' | 'armReason'> {
  const row = readUint32(cursor)
  cursor.at += 2
  const bucket = cursor.bytes.readInt16LE(cursor.at - 2)
  return { row, bucket: bucket < 0 ? null : bucket, armReason: armReasons[readByte(cursor)] ?? 'only' }
}

type RowPart = Pick<
  DecisionRecord,
  'entity' | 'vector' | 'states' | 'eventTimes' | 'score' | 'acted' | 'action' | 'threshold' | 'segment'
>

function readRow(cursor: Cursor, note: ReleaseNote): RowPart {
  const entity: Record<string, Value> = {}
  for (const field of note.request) entity[field.name] = readValue(cursor)
  const width = note.vector.length
  const vector = takeVector(cursor.slab, width)
  const { view, bytes } = cursor
  let { at } = cursor
  for (let i = 0; i < width; i++, at += 8) vector[i] = view.getFloat64(at, true)
  const states = readStates(cursor.slab, bytes.subarray(at, at + width))
  cursor.at = at + width
  const eventTimes = note.lookups.map((): Micros | null => {
    const time = readDouble(cursor)
    return Number.isNaN(time) ? null : BigInt(time)
  })
  const score = readDouble(cursor)
  const flag = readByte(cursor)
  const acted = flag === 2 ? null : flag === 1
  const listed = note.action?.segments
  const [segment, threshold] = listed?.[readInt32(cursor)] ?? [null, note.action?.threshold ?? null]
  return {
    entity,
    vector,
    states,
    eventTimes,
    score,
    acted,
    action: acted && note.action ? note.action.name : null,
    threshold,
    segment,
  }
}

/** Most rows have the states of the row before: they share one list. */
function readStates(slab: VectorSlab, bytes: Buffer): readonly FeatureState[] {
  if (slab.last === undefined || !slab.last.bytes.equals(bytes)) {
    const states = Array.from(bytes, (state): FeatureState => featureStates[state] ?? 'error')
    slab.last = { bytes: Buffer.from(bytes), states }
  }
  return slab.last.states
}

function readByte(cursor: Cursor): number {
  return cursor.view.getUint8(cursor.at++)
}

function readUint32(cursor: Cursor): number {
  cursor.at += 4
  return cursor.view.getUint32(cursor.at - 4, true)
}

function readInt32(cursor: Cursor): number {
  cursor.at += 4
  return cursor.bytes.readInt32LE(cursor.at - 4)
}

function readDouble(cursor: Cursor): number {
  cursor.at += 8
  return cursor.view.getFloat64(cursor.at - 8, true)
}

function readText(cursor: Cursor): string {
  const length = cursor.bytes.readUInt16LE(cursor.at)
  cursor.at += 2 + length
  return cursor.bytes.toString('utf8', cursor.at - length, cursor.at)
}

function readValue(cursor: Cursor): Value {
  switch (readByte(cursor)) {
    case valueTags.false:
      return false
    case valueTags.true:
      return true
    case valueTags.number:
      return readDouble(cursor)
    case valueTags.bigint:
      cursor.at += 8
      return cursor.bytes.readBigInt64LE(cursor.at - 8)
    case valueTags.string:
      return readLong(cursor).toString('utf8')
    case valueTags.bytes:
      return new Uint8Array(readLong(cursor))
    default:
      return null
  }
}

function readLong(cursor: Cursor): Buffer {
  const length = readUint32(cursor)
  cursor.at += length
  return cursor.bytes.subarray(cursor.at - length, cursor.at)
}
