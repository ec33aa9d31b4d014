import { crc32c } from './crc32c.ts'

/** Payloads are at most 16 MiB. */
export const maxPayloadBytes = 16 * 1024 * 1024
/** u32 LE payload length, then u32 LE CRC-32C. */
export const frameHeaderBytes = 8

/** A frame's checksum covers the four length bytes and the payload. The length bytes stand before the checksum. */
function frameChecksum(bytes: Buffer, at: number, length: number): number {
  // The checksum field is not part of what is summed: move the length next to the payload for one pass.
  const held = bytes.readUInt32LE(at + 4)
  bytes.writeUInt32LE(bytes.readUInt32LE(at), at + 4)
  const sum = crc32c(bytes, at + 4, at + frameHeaderBytes + length)
  bytes.writeUInt32LE(held, at + 4)
  return sum
}

/** Fills in the header of the frame at `at`, whose payload of `length` bytes is already in place behind it. */
export function sealFrame(bytes: Buffer, at: number, length: number): void {
  bytes.writeUInt32LE(length, at)
  bytes.writeUInt32LE(frameChecksum(bytes, at, length), at + 4)
}

/** One payload as a frame of its own. */
export function frameOf(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(frameHeaderBytes + payload.length)
  frame.set(payload, frameHeaderBytes)
  sealFrame(frame, 0, payload.length)
  return frame
}

/** Length of the payload of a whole, undamaged frame at `at`; undefined when there is none. */
export function framePayloadLength(
  bytes: Buffer,
  at: number,
  end: number = bytes.length,
): number | undefined {
  if (at + frameHeaderBytes > end) return undefined
  const length = bytes.readUInt32LE(at)
  if (length > maxPayloadBytes || at + frameHeaderBytes + length > end) return undefined
  return frameChecksum(bytes, at, length) === bytes.readUInt32LE(at + 4) ? length : undefined
}

/**
 * The longest valid prefix of frames from `from` on: how many there are, and the offset behind the last.
 * Zeros, torn tails and flipped bits end the prefix; nothing behind a bad frame is looked at.
 */
export function validPrefix(bytes: Buffer, from = 0): { readonly frames: number; readonly end: number } {
  let at = from
  let frames = 0
  for (;;) {
    const length = framePayloadLength(bytes, at)
    if (length === undefined) return { frames, end: at }
    at += frameHeaderBytes + length
    frames += 1
  }
}
