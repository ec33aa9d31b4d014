import { decompose, ratioToNumber } from '../../../kernel/exact-numbers.ts'

/**
 * A numeric column whose sums are exact: value = Σ parts[i] · 2^(26 i) / denominator, each part a whole number below 2^26
 * in size, so that sums of 2^27 of them stay exact doubles. One part, of any size, where all partial sums stay below 2^53.
 * `special` marks values that are no number: 1 NaN, 2 +Infinity, 3 −Infinity (their parts are 0).
 */
export interface ExactColumn {
  readonly parts: readonly Float64Array[]
  readonly denominator: bigint
  readonly special: Uint8Array | null
}

const safe = 2 ** 53
const partBits = 26
const partSize = 2 ** partBits

/** Whole numbers of 64 bits, `order[i]` giving the row of place i; rows that are not valid count as 0. */
export function exactInt64(values: BigInt64Array, valid: Uint8Array | null, order: Uint32Array): ExactColumn {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2)
  const units = new Float64Array(order.length)
  let total = 0
  for (let at = 0; at < order.length; at++) {
    const row = order[at] ?? 0
    if (valid !== null && valid[row] === 0) continue
    const unit = (words[2 * row + 1] ?? 0) * 4294967296 + ((words[2 * row] ?? 0) >>> 0)
    units[at] = unit
    total += Math.abs(unit)
  }
  if (total < safe) return { parts: [units], denominator: 1n, special: null }
  const parts = [0, 1, 2].map(() => new Float64Array(order.length))
  for (let at = 0; at < order.length; at++) {
    const row = order[at] ?? 0
    if (valid !== null && valid[row] === 0) continue
    const [low, high] = [(words[2 * row] ?? 0) >>> 0, words[2 * row + 1] ?? 0]
    set(parts, at, [low & 0x3ffffff, (low >>> 26) | ((high & 0xfffff) << 6), high >> 20])
  }
  return { parts, denominator: 1n, special: null }
}

function set(parts: readonly Float64Array[], at: number, limbs: readonly number[]): void {
  for (const [index, part] of parts.entries()) part[at] = limbs[index] ?? 0
}

/** Whole numbers of any size, such as unscaled decimals, over a denominator. */
export function exactBigints(values: readonly (bigint | null)[], denominator: bigint): ExactColumn {
  let [total, largest] = [0, 0n]
  for (const value of values) {
    const size = value === null ? 0n : value < 0n ? -value : value
    total += Number(size)
    if (size > largest) largest = size
  }
  if (total < safe)
    return { parts: [Float64Array.from(values, value => Number(value ?? 0n))], denominator, special: null }
  const count = Math.ceil(largest.toString(2).length / partBits)
  const parts = Array.from({ length: count }, () => new Float64Array(values.length))
  const mask = BigInt(partSize - 1)
  for (const [at, value] of values.entries()) {
    const sign = (value ?? 0n) < 0n ? -1 : 1
    let rest = (value ?? 0n) * BigInt(sign)
    for (const part of parts) {
      part[at] = sign * Number(rest & mask)
      rest >>= BigInt(partBits)
    }
  }
  return { parts, denominator, special: null }
}

/** Floats; nulls are given as 0. */
export function exactFloats(values: Float64Array): ExactColumn {
  const special = specials(values)
  const { lowest, bits, total } = floatExtent(values)
  const denominator = 1n << BigInt(-lowest)
  if (total * 2 ** -lowest < safe) return { parts: [values.map(scaler(lowest))], denominator, special }
  if (bits > 1000) return { ...exactBigints(wholeUnits(values, lowest), denominator), special }
  const parts = Array.from({ length: Math.ceil(bits / partBits) }, () => new Float64Array(values.length))
  const scale = scaler(lowest)
  const sizes = parts.map((_, index) => 2 ** (partBits * index))
  for (let at = 0; at < values.length; at++) {
    const value = scale(values[at] ?? 0)
    let rest = Math.abs(value)
    for (let index = parts.length - 1; index >= 0; index--) {
      const part = parts[index]
      const size = sizes[index] ?? 1
      const limb = Math.floor(rest / size)
      rest -= limb * size
      if (part) part[at] = value < 0 ? -limb : limb
    }
  }
  return { parts, denominator, special }
}

/** value · 2^−lowest, exact; 0 for what is no number. */
function scaler(lowest: number): (value: number) => number {
  const half = Math.floor(-lowest / 2)
  const [first, second] = [2 ** half, 2 ** (-lowest - half)]
  return value => (value - value === 0 ? value * first * second : 0)
}

function wholeUnits(values: Float64Array, lowest: number): bigint[] {
  return Array.from(values, value => {
    if (!Number.isFinite(value)) return 0n
    const { mantissa, exponent } = decompose(value)
    return mantissa << BigInt(exponent - lowest)
  })
}

/** Exponent of the lowest bit set in any value (at most 0), how many bits from there to the highest, and Σ|x|. */
function floatExtent(values: Float64Array): { lowest: number; bits: number; total: number } {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
  let [lowest, highest, total] = [0, 0, 0]
  for (let at = 0; at < values.length; at++) {
    const [low, high] = [words[2 * at] ?? 0, words[2 * at + 1] ?? 0]
    const biased = (high >>> 20) & 0x7ff
    const top = biased === 0 ? high & 0xfffff : (high & 0xfffff) | 0x100000
    if (biased === 0x7ff || (low | top) === 0) continue
    const exponent = Math.max(biased, 1) - 1075
    const zeros = low === 0 ? 32 + trailingZeros(top) : trailingZeros(low)
    if (exponent + zeros < lowest) lowest = exponent + zeros
    if (exponent + 53 > highest) highest = exponent + 53
    total += Math.abs(values[at] ?? 0)
  }
  return { lowest, bits: highest - lowest, total }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word)
}

function specials(values: Float64Array): Uint8Array | null {
  let found: Uint8Array | null = null
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0
    if (value - value === 0) continue
    found ??= new Uint8Array(values.length)
    found[row] = Number.isNaN(value) ? 1 : value > 0 ? 2 : 3
  }
  return found
}

/** The sum of specials: what NaN and the infinities make of it; undefined when there was none. */
export function specialSum(nan: number, plus: number, minus: number): number | undefined {
  if (nan > 0 || (plus > 0 && minus > 0)) return Number.NaN
  if (plus > 0) return Number.POSITIVE_INFINITY
  return minus > 0 ? Number.NEGATIVE_INFINITY : undefined
}

/** Σ parts[i] · 2^(26 i); a number while there is one part. */
export function wholeOf(parts: readonly number[]): number | bigint {
  if (parts.length === 1) return parts[0] ?? 0
  return parts.reduceRight<bigint>((whole, part) => (whole << BigInt(partBits)) + BigInt(part), 0n)
}

/** units / denominator, rounded once. */
export function exactQuotient(units: number | bigint, denominator: bigint): number {
  if (typeof units === 'number' && denominator < 9007199254740992n) return units / Number(denominator) + 0
  return ratioToNumber(BigInt(units), denominator) + 0
}
