import { decompose, ratioToNumber } from '../../kernel/exact-numbers.ts'
import { type CellBuffer, parseType, reserve, type Value } from '../../kernel/values/index.ts'

/**
 * Exact sums of some numbers and of their squares: `sum · 2^exponent` and `squares · 2^(2·exponent)`, over the powers of
 * ten of a decimal's scale. Merging them in any grouping gives the same.
 */
export interface Moments {
  finite: boolean
  exponent: number
  sum: bigint
  squares: bigint
}

export const noMoments = (): Moments => ({ finite: true, exponent: 0, sum: 0n, squares: 0n })

/** Adds a value: a float, or the units of an integer or decimal. */
export function addValue(moments: Moments, value: Value): void {
  if (typeof value === 'bigint') addMoments(moments, scaled(value, 0))
  else if (Number.isFinite(value)) {
    const { mantissa, exponent } = decompose(value as number)
    addMoments(moments, scaled(mantissa, exponent))
  } else moments.finite = false
}

const scaled = (sum: bigint, exponent: number): Moments => ({
  finite: true,
  exponent,
  sum,
  squares: sum * sum,
})

export function addMoments(moments: Moments, more: Moments): void {
  moments.finite &&= more.finite
  const exponent = Math.min(moments.exponent, more.exponent)
  const [own, other] = [BigInt(moments.exponent - exponent), BigInt(more.exponent - exponent)]
  moments.sum = (moments.sum << own) + (more.sum << other)
  moments.squares = (moments.squares << (2n * own)) + (more.squares << (2n * other))
  moments.exponent = exponent
}

/** Mean, variance or deviation of `count` numbers: the exact real number rounded once (the deviation: its square root). */
export function momentsResult(moments: Moments, count: number, { op, columnType }: MomentsFeature): Value {
  const [n, less] = [BigInt(count), op.endsWith('_samp') ? 1n : 0n]
  if (n - less <= 0n) return null
  if (!moments.finite) return Number.NaN
  const node = parseType(columnType)
  const unit = node.kind === 'decimal' ? 10n ** BigInt(node.scale) : 1n
  if (op === 'mean') return ratioToNumber(moments.sum, n * unit)
  const { sum, squares, exponent } = moments
  const spread = n * squares - sum * sum
  const divisor = n * (n - less) * unit * unit
  const power = BigInt(2 * Math.abs(exponent))
  const variance =
    exponent < 0 ? ratioToNumber(spread, divisor << power) : ratioToNumber(spread << power, divisor)
  return op.startsWith('stddev') ? Math.sqrt(variance) : variance
}

interface MomentsFeature {
  readonly op: string
  readonly columnType: string
}

/** Bytes: finite, exponent (i16), then each sum as its length (u16) and two's complement, little end first. */
export function writeMoments(out: CellBuffer, moments: Moments): void {
  reserve(out, 3)
  out.bytes[out.length++] = moments.finite ? 1 : 0
  out.length = out.bytes.writeInt16LE(moments.exponent, out.length)
  writeInteger(out, moments.sum)
  writeInteger(out, moments.squares)
}

export function readMoments(bytes: Uint8Array, at: number): Moments {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [sum, next] = readInteger(view, at + 3)
  return {
    finite: view[at] === 1,
    exponent: view.readInt16LE(at + 1),
    sum,
    squares: readInteger(view, next)[0],
  }
}

function writeInteger(out: CellBuffer, value: bigint): void {
  const words = Math.ceil((value.toString(16).length + 1) / 16)
  reserve(out, 2 + words * 8)
  out.length = out.bytes.writeUInt16LE(words, out.length)
  for (let word = 0; word < words; word++)
    out.length = out.bytes.writeBigUInt64LE(BigInt.asUintN(64, value >> BigInt(64 * word)), out.length)
}

function readInteger(bytes: Buffer, at: number): readonly [value: bigint, next: number] {
  const words = bytes.readUInt16LE(at)
  let value = 0n
  for (let word = words - 1; word >= 0; word--)
    value = (value << 64n) | bytes.readBigUInt64LE(at + 2 + word * 8)
  return [BigInt.asIntN(64 * words, value), at + 2 + words * 8]
}
