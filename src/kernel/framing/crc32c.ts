const polynomial = 0x82f63b78

/** Eight tables of 256 words: table k holds the checksum of a byte followed by k zero bytes. */
const tables = makeTables()

function makeTables(): readonly Uint32Array[] {
  const first = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let word = byte
    for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ polynomial : word >>> 1
    first[byte] = word >>> 0
  }
  const all = [first]
  for (let k = 1; k < 8; k++) {
    const previous = all[k - 1] ?? first
    all.push(previous.map(word => (word >>> 8) ^ (first[word & 0xff] ?? 0)))
  }
  return all
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as readonly [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
]

/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes[from, to)`.
 * Slicing by eight: about a nanosecond a byte.
 */
export function crc32c(bytes: Uint8Array, from = 0, to: number = bytes.length): number {
  let crc = 0xffffffff
  let at = from
  const at8 = (i: number) => bytes[i] as number
  for (; at + 8 <= to; at += 8) {
    crc ^= at8(at) | (at8(at + 1) << 8) | (at8(at + 2) << 16) | (at8(at + 3) << 24)
    crc =
      (t7[crc & 0xff] as number) ^
      (t6[(crc >>> 8) & 0xff] as number) ^
      (t5[(crc >>> 16) & 0xff] as number) ^
      (t4[crc >>> 24] as number) ^
      (t3[at8(at + 4)] as number) ^
      (t2[at8(at + 5)] as number) ^
      (t1[at8(at + 6)] as number) ^
      (t0[at8(at + 7)] as number)
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ (t0[(crc ^ at8(at)) & 0xff] as number)
  return (crc ^ 0xffffffff) >>> 0
}
