import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/model.ts'
import {
  type DecisionRecord,
  type FeatureState,
  featureStates,
  type Latency,
  latencyParts,
  type ReleaseNote,
  servedByNames,
} from '../model.ts'
import { payloadHeaderBytes, valueTags } from './record-codec.ts'

interface Cursor {
  readonly bytes: Buffer
  at: number
}

/** The note of a payload of format `note`, with its number in the segment. */
export function decodeNote(payload: Buffer): { readonly index: number; readonly note: ReleaseNote } {
  return {
    index: payload.readUInt16LE(2),
    note: JSON.parse(payload.toString('utf8', payloadHeaderBytes)) as ReleaseNote,
  }
}

/** What can be said of a payload of decisions without reading its rows. */
export function peekDecisions(payload: Buffer): PeekedDecisions {
  return {
    rows: payload.readUInt16LE(2),
    note: payload.readUInt16LE(payloadHeaderBytes),
    base: payload.toString('hex', payloadHeaderBytes + 2, payloadHeaderBytes + 18),
    decidedAt: payload.readDoubleLE(payloadHeaderBytes + 26),
    receivedAt: payload.readDoubleLE(payloadHeaderBytes + 18),
    degraded: servedByNames[payload[payloadHeaderBytes + 42] ?? 0] !== 'model',
  }
}

export interface PeekedDecisions {
  readonly rows: number
  readonly note: number
  /** 32 hex digits of the prediction base. */
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
  logged: DecisionRecord['logged'],
): readonly DecisionRecord[] {
  const cursor: Cursor = { bytes: payload, at: payloadHeaderBytes + 2 }
  const hex = payload.toString('hex', cursor.at, cursor.at + 16)
  cursor.at += 16
  const base = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  const receivedAt = BigInt(readDouble(cursor))
  const decidedAt = BigInt(readDouble(cursor))
  const asOf = BigInt(readDouble(cursor))
  const servedBy = servedByNames[readByte(cursor)] ?? 'model'
  const retries = readByte(cursor)
  const latency = Object.fromEntries(
    latencyParts.map(part => [part, readUint32(cursor)]),
  ) as unknown as Latency
  const requestId = readText(cursor)
  const degradedReasons = Array.from({ length: readByte(cursor) }, () => readText(cursor))
  const shared = {
    base,
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
  }
  return Array.from({ length: payload.readUInt16LE(2) }, (_, row) => ({
    ...shared,
    predictionId: `${base}-${row}`,
    row,
    ...readRow(cursor, note),
  }))
}

type RowPart = Pick<
  DecisionRecord,
  'entity' | 'vector' | 'states' | 'eventTimes' | 'score' | 'acted' | 'action' | 'threshold' | 'segment'
>

function readRow(cursor: Cursor, note: ReleaseNote): RowPart {
  const entity: Record<string, Value> = {}
  for (const field of note.request) entity[field.name] = readValue(cursor)
  const vector = Float64Array.from(note.vector, () => readDouble(cursor))
  const states = note.vector.map((): FeatureState => featureStates[readByte(cursor)] ?? 'error')
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

function readByte(cursor: Cursor): number {
  return cursor.bytes.readUInt8(cursor.at++)
}

function readUint32(cursor: Cursor): number {
  cursor.at += 4
  return cursor.bytes.readUInt32LE(cursor.at - 4)
}

function readInt32(cursor: Cursor): number {
  cursor.at += 4
  return cursor.bytes.readInt32LE(cursor.at - 4)
}

function readDouble(cursor: Cursor): number {
  cursor.at += 8
  return cursor.bytes.readDoubleLE(cursor.at - 8)
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
