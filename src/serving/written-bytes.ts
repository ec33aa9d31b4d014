/** Bytes that are being written: `length` of them are in use. */
export interface Output {
  bytes: Buffer
  length: number
}

const keptBytes = 4 << 20
let kept: Buffer | undefined

/** What `write` writes. The memory it writes to is used again: answers are written one after the other. */
export function writtenBytes(write: (out: Output) => void): Uint8Array {
  const out: Output = { bytes: kept ?? Buffer.allocUnsafeSlow(64 << 10), length: 0 }
  kept = undefined
  write(out)
  if (out.bytes.length <= keptBytes) kept = out.bytes
  return Uint8Array.prototype.slice.call(out.bytes, 0, out.length)
}

/** Makes sure that `count` bytes more can be written. */
export function reserveBytes(out: Output, count: number): void {
  if (out.length + count <= out.bytes.length) return
  const wider = Buffer.allocUnsafeSlow(Math.max(out.bytes.length * 2, out.length + count))
  wider.set(out.bytes.subarray(0, out.length))
  out.bytes = wider
}

/** Bytes that were written before. */
export function addBytes(out: Output, bytes: Uint8Array): void {
  reserveBytes(out, bytes.length)
  out.bytes.set(bytes, out.length)
  out.length += bytes.length
}
