/**
 * Frames between front and scorer, little endian: u32 length of the body, u32 kind, u32 id, u32 rows, body.
 * Bodies of `score` are Float64 vectors (row-major, NaN = missing), of `scores` Float64 scores, else UTF-8 JSON.
 */
export const frameKinds = {
  ready: 1,
  refused: 2,
  score: 3,
  scores: 4,
  failed: 5,
  test: 6,
  tested: 7,
} as const
const frameHeaderBytes = 16
/** 4 096 rows of 4 096 columns; anything longer is a broken peer. */
const maxBodyBytes = 128 * 1024 * 1024

export interface Frame {
  readonly kind: number
  readonly id: number
  readonly rows: number
  /** Valid until the next frame is taken. */
  readonly body: Buffer
}

/** A frame with a body of doubles, in one buffer. */
export function encodeDoubles(kind: number, id: number, rows: number, doubles: Float64Array): Buffer {
  const bytes = Buffer.from(doubles.buffer, doubles.byteOffset, doubles.byteLength)
  return encodeFrame({ kind, id, rows, body: bytes })
}

export function encodeFrame(frame: Frame): Buffer {
  const out = Buffer.allocUnsafe(frameHeaderBytes + frame.body.length)
  out.writeUInt32LE(frame.body.length, 0)
  out.writeUInt32LE(frame.kind, 4)
  out.writeUInt32LE(frame.id, 8)
  out.writeUInt32LE(frame.rows, 12)
  out.set(frame.body, frameHeaderBytes)
  return out
}

/** A copy, because a socket's bytes need not stand on an eight-byte boundary. */
export function decodeDoubles(body: Buffer): Float64Array {
  const copy = new Uint8Array(body.length)
  copy.set(body)
  return new Float64Array(copy.buffer, 0, body.length >>> 3)
}

/** Cuts a stream of chunks into frames. Throws RangeError when the stream cannot be one of frames. */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let held: Buffer[] = []
  let heldBytes = 0
  let wanted = frameHeaderBytes
  return chunk => {
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes < wanted) return
    let bytes = held.length === 1 ? chunk : Buffer.concat(held)
    for (;;) {
      if (bytes.length < frameHeaderBytes) {
        wanted = frameHeaderBytes
        break
      }
      const length = bytes.readUInt32LE(0)
      if (length > maxBodyBytes) throw new RangeError(`a frame of ${length} bytes`)
      wanted = frameHeaderBytes + length
      if (bytes.length < wanted) break
      onFrame({
        kind: bytes.readUInt32LE(4),
        id: bytes.readUInt32LE(8),
        rows: bytes.readUInt32LE(12),
        body: bytes.subarray(frameHeaderBytes, wanted),
      })
      bytes = bytes.subarray(wanted)
    }
    held = bytes.length > 0 ? [bytes] : []
    heldBytes = bytes.length
  }
}
