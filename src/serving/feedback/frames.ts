import { frameHeaderBytes, frameOf, framePayloadLength } from '../../kernel/framing/frames.ts'
import type { FeedbackFrame } from './model.ts'

/** First byte of a payload of the feedback log; then u8 schema version, u16 LE count of items, and JSON. */
const format = 3
const schemaVersion = 1
const payloadHeaderBytes = 4

/** `bytes`: of the whole frame, at least; what is over is space behind the JSON. */
export function encodeFeedback(frame: FeedbackFrame, bytes = 0): Buffer {
  const text = JSON.stringify(frame)
  const over = bytes - frameHeaderBytes - payloadHeaderBytes - Buffer.byteLength(text)
  const json = Buffer.from(over > 0 ? text + ' '.repeat(over) : text)
  const payload = Buffer.allocUnsafe(payloadHeaderBytes + json.length)
  payload[0] = format
  payload[1] = schemaVersion
  payload.writeUInt16LE(frame.items.length, 2)
  payload.set(json, payloadHeaderBytes)
  return frameOf(payload)
}

/** The whole frame at `at` and the offset behind it; undefined where there is none, or none that is whole yet. */
export function decodeFeedback(
  bytes: Buffer,
  at: number,
): { readonly frame: FeedbackFrame; readonly end: number } | undefined {
  const length = framePayloadLength(bytes, at)
  if (length === undefined) return undefined
  const from = at + frameHeaderBytes
  if (length < payloadHeaderBytes || bytes[from] !== format || bytes[from + 1] !== schemaVersion)
    return undefined
  const frame = JSON.parse(bytes.toString('utf8', from + payloadHeaderBytes, from + length)) as FeedbackFrame
  return { frame, end: from + length }
}
