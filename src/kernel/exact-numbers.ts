/** Exact arithmetic on floats by way of integers: every finite double is an integer times a power of two. */

const view = new DataView(new ArrayBuffer(8))

/** A finite double as `mantissa × 2^exponent` with an odd mantissa (0 is 0 × 2^0). */
export function decompose(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  if (value === 0) return { mantissa: 0n, exponent: 0 }
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  let mantissa = bits & 0xfffffffffffffn
  if (biased > 0) mantissa |= 0x10000000000000n
  let exponent = Math.max(biased, 1) - 1075
  while ((mantissa & 1n) === 0n) {
    mantissa >>= 1n
    exponent += 1
  }
  return { mantissa: value < 0 ? -mantissa : mantissa, exponent }
}

/** The double nearest to `numerator / denominator`, ties to even; infinite beyond the range. `denominator` > 0. */
export function ratioToNumber(numerator: bigint, denominator: bigint): number {
  if (numerator < 0n) return -ratioToNumber(-numerator, denominator)
  if (numerator === 0n) return 0
  if (numerator <= 9007199254740991n && denominator <= 9007199254740991n)
    return Number(numerator) / Number(denominator)
  let exponent = bitLength(numerator) - bitLength(denominator) - 55
  // Subnormal results have fewer bits; rounding once means stopping two bits, half and sticky, behind the last there is.
  exponent = Math.max(exponent, -1074 - 2)
  const [scaledNumerator, scaledDenominator] =
    exponent < 0
      ? [numerator << BigInt(-exponent), denominator]
      : [numerator, denominator << BigInt(exponent)]
  let quotient = scaledNumerator / scaledDenominator
  if (scaledNumerator % scaledDenominator !== 0n) quotient |= 1n
  return roundScaled(quotient, exponent)
}

/** Rounds `quotient × 2^exponent`, whose last bit is sticky, once. */
function roundScaled(quotient: bigint, exponent: number): number {
  const extra = Math.max(bitLength(quotient) - 53, -1074 - exponent, 0)
  if (extra === 0) return Number(quotient) * 2 ** exponent
  const shift = BigInt(extra)
  let rounded = quotient >> shift
  const rest = quotient - (rounded << shift)
  const half = 1n << (shift - 1n)
  if (rest > half || (rest === half && (rounded & 1n) === 1n)) rounded += 1n
  return scale(Number(rounded), exponent + extra)
}

/** `value × 2^exponent` where the result is exact or infinite; 2 ** exponent alone may be out of range. */
function scale(value: number, exponent: number): number {
  if (exponent > 1000) return value * 2 ** 1000 * 2 ** (exponent - 1000)
  return exponent < -1022 ? value * 2 ** -52 * 2 ** (exponent + 52) : value * 2 ** exponent
}

export function bitLength(value: bigint): number {
  return value === 0n
    ? 0
    : value.toString(16).length * 4 - Math.clz32(Number.parseInt(value.toString(16)[0] ?? '0', 16)) + 28
}
