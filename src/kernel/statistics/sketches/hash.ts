/** First two 32-bit lanes of MurmurHash3 x86 128-bit, seed 0, as unsigned integers. */
export interface SketchHash {
  readonly first: number
  readonly second: number
}

/**
 * Hashes a column's values for sketches: text as UTF-8, floats as little-endian doubles (−0 as 0), integers as
 * little-endian int64, booleans as one byte. Every call answers in the same object, so copy what you keep.
 */
export interface SketchHasher {
  text(value: string): SketchHash
  float(value: number): SketchHash
  integer(value: number | bigint): SketchHash
  boolean(value: boolean): SketchHash
}

const [c1, c2, c3, c4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93]
const int32 = 2 ** 32

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

function avalanche(h: number): number {
  const a = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return b ^ (b >>> 16)
}

/** The four 32-bit lanes. */
interface Lanes {
  readonly h1: number
  readonly h2: number
  readonly h3: number
  readonly h4: number
}

const noLanes: Lanes = { h1: 0, h2: 0, h3: 0, h4: 0 }

function block({ h1, h2, h3, h4 }: Lanes, view: DataView, at: number): Lanes {
  const a = (Math.imul(rotate(h1 ^ lane1(view.getInt32(at, true)), 19) + h2, 5) + 0x561ccd1b) | 0
  const b = (Math.imul(rotate(h2 ^ lane2(view.getInt32(at + 4, true)), 17) + h3, 5) + 0x0bcaa747) | 0
  const c = (Math.imul(rotate(h3 ^ lane3(view.getInt32(at + 8, true)), 15) + h4, 5) + 0x96cd1c35) | 0
  const d = (Math.imul(rotate(h4 ^ lane4(view.getInt32(at + 12, true)), 13) + a, 5) + 0x32ac3b17) | 0
  return { h1: a, h2: b, h3: c, h4: d }
}

/** The last 0 to 15 bytes, padded with zeros to a block: a zero lane changes nothing. */
function tail({ h1, h2, h3, h4 }: Lanes, view: DataView, at: number): Lanes {
  return {
    h1: h1 ^ lane1(view.getInt32(at, true)),
    h2: h2 ^ lane2(view.getInt32(at + 4, true)),
    h3: h3 ^ lane3(view.getInt32(at + 8, true)),
    h4: h4 ^ lane4(view.getInt32(at + 12, true)),
  }
}

const lane1 = (k: number): number => Math.imul(rotate(Math.imul(k, c1), 15), c2)
const lane2 = (k: number): number => Math.imul(rotate(Math.imul(k, c2), 16), c3)
const lane3 = (k: number): number => Math.imul(rotate(Math.imul(k, c3), 17), c4)
const lane4 = (k: number): number => Math.imul(rotate(Math.imul(k, c4), 18), c1)

export function createSketchHasher(): SketchHasher {
  const answer = { first: 0, second: 0 }
  const buffer = { bytes: new Uint8Array(256) }
  const encoder = new TextEncoder()
  const eight = new DataView(new ArrayBuffer(8))

  function finish({ h1, h2, h3, h4 }: Lanes, length: number): SketchHash {
    const b = h2 ^ length
    const c = h3 ^ length
    const d = h4 ^ length
    const sum = ((h1 ^ length) + b + c + d) | 0
    const second = avalanche((b + sum) | 0)
    const first = (avalanche(sum) + second + avalanche((c + sum) | 0) + avalanche((d + sum) | 0)) | 0
    answer.first = first >>> 0
    answer.second = (second + first) >>> 0
    return answer
  }

  function eightBytes(): SketchHash {
    const h1 = lane1(eight.getInt32(0, true))
    const h2 = lane2(eight.getInt32(4, true))
    return finish({ h1, h2, h3: 0, h4: 0 }, 8)
  }

  function bytes(length: number): SketchHash {
    const whole = length - (length % 16)
    const view = new DataView(buffer.bytes.buffer)
    buffer.bytes.fill(0, length, whole + 16)
    let lanes = noLanes
    for (let at = 0; at < whole; at += 16) lanes = block(lanes, view, at)
    return finish(tail(lanes, view, whole), length)
  }

  return {
    text(value) {
      if (buffer.bytes.length < value.length * 3 + 16) buffer.bytes = new Uint8Array(value.length * 6 + 16)
      return bytes(encoder.encodeInto(value, buffer.bytes).written)
    },
    float(value) {
      eight.setFloat64(0, value + 0, true)
      return eightBytes()
    },
    integer(value) {
      if (typeof value === 'bigint') eight.setBigInt64(0, value, true)
      else {
        eight.setInt32(0, (value % int32) | 0, true)
        eight.setInt32(4, Math.floor(value / int32), true)
      }
      return eightBytes()
    },
    boolean(value) {
      buffer.bytes[0] = value ? 1 : 0
      return bytes(1)
    },
  }
}

/** The hash as 16 hexadecimal digits, first lane first. */
export function hashHex({ first, second }: SketchHash): string {
  return first.toString(16).padStart(8, '0') + second.toString(16).padStart(8, '0')
}
