import { decompose, ratioToNumber } from '../../../kernel/exact-numbers.ts'

/**
 * A numeric column whose sums are exact: value = units / denominator. Units are doubles while every partial sum stays
 * below 2^53, else bigints. `special` marks values that are no number: 1 NaN, 2 +Infinity, 3 −Infinity (units 0).
 */
export interface ExactColumn {
  readonly units: Float64Array | readonly bigint[]
  readonly denominator: bigint
  readonly special: Uint8Array | null
}

const safe = 2 ** 53

/** Integers (int64, or unscaled decimals) over a power of ten. */
export function exactIntegers(
  values: readonly (bigint | null)[] | BigInt64Array,
  scale: number,
): ExactColumn {
  const units = new Float64Array(values.length)
  let total = 0
  for (let row = 0; row < values.length; row++) {
    const unit = Number(values[row] ?? 0n)
    units[row] = unit
    total += Math.abs(unit)
  }
  const denominator = 10n ** BigInt(scale)
  if (total < safe) return { units, denominator, special: null }
  return { units: Array.from(values, value => value ?? 0n), denominator, special: null }
}

/** Floats; nulls are given as 0. */
export function exactFloats(values: Float64Array): ExactColumn {
  const special = specials(values)
  if (wholeAndSmall(values)) return { units: values, denominator: 1n, special }
  const parts = Array.from(values, value =>
    Number.isFinite(value) ? decompose(value) : { mantissa: 0n, exponent: 0 },
  )
  let lowest = 0
  for (const part of parts) if (part.exponent < lowest) lowest = part.exponent
  const units = parts.map(part => part.mantissa << BigInt(part.exponent - lowest))
  return { ...exactUnits(units), denominator: 1n << BigInt(-lowest), special }
}

function exactUnits(units: readonly bigint[]): Pick<ExactColumn, 'units'> {
  let total = 0
  for (const unit of units) total += Math.abs(Number(unit))
  return { units: total < safe ? Float64Array.from(units, Number) : units }
}

function wholeAndSmall(values: Float64Array): boolean {
  let total = 0
  for (const value of values) {
    if (!Number.isInteger(value)) return false
    total += Math.abs(value)
  }
  return total < safe
}

function specials(values: Float64Array): Uint8Array | null {
  let found: Uint8Array | null = null
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? 0
    if (Number.isFinite(value)) continue
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

/** units / denominator, rounded once. */
export function exactQuotient(units: number | bigint, denominator: bigint): number {
  if (typeof units === 'number' && denominator < 9007199254740992n) return units / Number(denominator) + 0
  return ratioToNumber(BigInt(units), denominator) + 0
}
