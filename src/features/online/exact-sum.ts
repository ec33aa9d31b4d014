/** Values of this size and above are added as integers: intermediate sums of smaller ones cannot overflow. */
const huge = 2 ** 960

/**
 * Adds a finite value to a sum kept as non-overlapping partials, exactly (Shewchuk 1997, grow-expansion). The partials
 * together are the real sum; how they came about does not matter.
 */
export function addExactly(partials: number[], value: number): void {
  let x = value
  let kept = 0
  for (const partial of partials) {
    let y = partial
    if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x]
    const high = x + y
    const low = y - (high - x)
    if (low !== 0) partials[kept++] = low
    x = high
  }
  partials.length = kept
  if (x !== 0 || kept === 0) partials.push(x)
}

/**
 * A short list of doubles with the same exact sum, to be stored and merged later: partials of the ordinary values,
 * huge values as they are, and one each of what is not finite.
 */
export function condense(values: Iterable<number>): readonly number[] {
  const partials: number[] = []
  const apart: number[] = []
  const special = new Set<number>()
  for (const value of values) {
    if (!Number.isFinite(value)) special.add(value)
    else if (Math.abs(value) >= huge) apart.push(value)
    else addExactly(partials, value)
  }
  return [...special, ...apart, ...partials.filter(partial => partial !== 0)]
}

/** The exact sum rounded once to the nearest double, ties to even; NaN and infinities as in IEEE 754. Of nothing: 0. */
export function exactSum(terms: readonly number[]): number {
  return finish(terms, 1)
}

/** The exact sum divided by `count`, rounded once. */
export function exactMean(terms: readonly number[], count: number): number {
  return finish(terms, count)
}

function finish(terms: readonly number[], count: number): number {
  const special = nonFinite(terms)
  if (special !== undefined) return special
  if (terms.some(term => Math.abs(term) >= huge)) return roundRatio(scaledSum(terms), BigInt(count) << 1074n)
  const partials: number[] = []
  for (const term of terms) addExactly(partials, term)
  if (count === 1) return roundPartials(partials)
  if (partials.length === 1) return (partials[0] ?? 0) / count
  return roundRatio(scaledSum(partials), BigInt(count) << 1074n)
}

function nonFinite(terms: readonly number[]): number | undefined {
  let found: number | undefined
  for (const term of terms) {
    if (Number.isFinite(term)) continue
    found = found === undefined ? term : found + term
  }
  return found
}

/** Rounds non-overlapping partials, least first, to one double: the top one, corrected where the rest breaks a tie. */
function roundPartials(partials: readonly number[]): number {
  let index = partials.length - 1
  let high = partials[index] ?? 0
  let low = 0
  while (index > 0 && low === 0) {
    const x = high
    const y = partials[--index] ?? 0
    high = x + y
    low = y - (high - x)
  }
  const next = index > 0 ? (partials[index - 1] ?? 0) : 0
  if ((low < 0 && next < 0) || (low > 0 && next > 0)) {
    const doubled = low * 2
    const moved = high + doubled
    if (moved - high === doubled) high = moved
  }
  return high === 0 ? 0 : high
}

function scaledSum(terms: readonly number[]): bigint {
  return terms.reduce((sum, term) => sum + scaled(term), 0n)
}

const bits = new DataView(new ArrayBuffer(8))

/** A finite double times 2¹⁰⁷⁴, which is a whole number for every double. */
export function scaled(value: number): bigint {
  bits.setFloat64(0, value)
  const word = bits.getBigUint64(0)
  const exponent = (word >> 52n) & 0x7ffn
  const fraction = word & 0xfffffffffffffn
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return word >> 63n === 1n ? -magnitude : magnitude
}

/** numerator / denominator (> 0) rounded once to the nearest double, ties to even, subnormals and overflow included. */
export function roundRatio(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0
  const negative = numerator < 0n
  const n = negative ? -numerator : numerator
  const shift = Math.max(bitLength(n) - bitLength(denominator) - 54, -1076)
  const [top, bottom] = shift >= 0 ? [n, denominator << BigInt(shift)] : [n << BigInt(-shift), denominator]
  const quotient = top / bottom
  const sticky = top % bottom === 0n ? 0n : 1n
  const magnitude = roundScaled(quotient, sticky, shift)
  return negative ? -magnitude : magnitude
}

/** quotient · 2^shift, where `sticky` says that a little more is there; quotient has at most 55 bits. */
function roundScaled(quotient: bigint, sticky: bigint, shift: number): number {
  const excess = Math.max(bitLength(quotient) - 53, -1074 - shift, 0)
  const divisor = 1n << BigInt(excess)
  const kept = quotient / divisor
  const rest = ((quotient % divisor) << 1n) | sticky
  const half = divisor
  const up = excess > 0 && (rest > half || (rest === half && (kept & 1n) === 1n)) ? 1n : 0n
  return scaleByPower(Number(kept + up), shift + excess)
}

/** value · 2^power without rounding twice: value has at most 53 bits and power is at least −1074. */
function scaleByPower(value: number, power: number): number {
  if (power > 1000) return value * 2 ** 1000 * 2 ** (power - 1000)
  return power < -1000 ? value * 2 ** (power + 1000) * 2 ** -1000 : value * 2 ** power
}

function bitLength(value: bigint): number {
  const hex = value.toString(16)
  return value === 0n ? 0 : (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0] ?? '0', 16)))
}
