import { FettleError } from '../../kernel/errors/index.ts'
import { parseTimestamp } from '../../kernel/time.ts'
import type { Value, ValueType } from '../../kernel/values/model.ts'
import { JsonNumber } from './lossless.ts'

/** Where a value stands, for the message. */
export interface Place {
  readonly column: string
  readonly row: number
  readonly nullable: boolean
  /** NaN and infinities are values of this column, but NaN is missing where null may stand. Default false. */
  readonly nonFinite?: boolean
}

type Refusal = 'WRONG_TYPE' | 'NOT_AN_INTEGER' | 'OUT_OF_RANGE' | 'NULL_NOT_ALLOWED' | 'BAD_UTF8'

function refuse(code: Refusal, what: string, place: Place): never {
  throw new FettleError(code, `column "${place.column}" of row ${place.row} ${what}`, {
    details: { column: place.column, row: place.row },
  })
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof JsonNumber) return 'a number'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * A JSON value as a value of the declared type, by the one table of coercions all dialects share: nothing is turned
 * into another type, but 1.0 and 1e3 are whole numbers and a 64-bit integer may be sent as decimal text.
 * `timestamps: 'micros'` takes integers (Open Inference Protocol) instead of RFC 3339 text.
 */
export function coerce(
  value: unknown,
  type: ValueType,
  place: Place,
  timestamps: 'text' | 'micros' = 'text',
): Value {
  if (value === null) {
    if (place.nullable) return null
    return refuse('NULL_NOT_ALLOWED', 'is null and may not be', place)
  }
  switch (type) {
    case 'string':
      return toText(value, place)
    case 'bool':
      return typeof value === 'boolean'
        ? value
        : refuse('WRONG_TYPE', `is ${describe(value)}, not true or false`, place)
    case 'int64':
      return toInteger(value, signed(64), place)
    case 'float64':
    case 'float32':
      return toFloat(value, type === 'float32', place)
    case 'timestamp':
      return timestamps === 'micros' ? toInteger(value, signed(64), place) : toTimestamp(value, place)
    case 'date':
      return toDate(value, place)
    default:
      return refuse('WRONG_TYPE', `has type ${type}, which requests cannot carry`, place)
  }
}

/** With the u flag a pair is one code point, so only lone surrogates match. */
const loneSurrogate = /\p{Surrogate}/u

function toText(value: unknown, place: Place): string {
  if (typeof value !== 'string') return refuse('WRONG_TYPE', `is ${describe(value)}, not a text`, place)
  return loneSurrogate.test(value)
    ? refuse('BAD_UTF8', 'has a lone surrogate, which is not Unicode text', place)
    : value
}

function toTimestamp(value: unknown, place: Place): bigint {
  const micros = typeof value === 'string' ? parseTimestamp(value) : undefined
  return (
    micros ??
    refuse(
      'WRONG_TYPE',
      `is ${describe(value)}, not an RFC 3339 time with zone such as 2001-05-17T10:58:00Z`,
      place,
    )
  )
}

function toDate(value: unknown, place: Place): number {
  const day =
    typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)
      ? parseTimestamp(`${value}T00:00:00Z`)
      : undefined
  return day === undefined
    ? refuse('WRONG_TYPE', `is ${describe(value)}, not a day such as 2001-05-17`, place)
    : Number(day / 86_400_000_000n)
}

const maxFloat32 = 3.4028235677973366e38

function toFloat(value: unknown, single: boolean, place: Place): number | null {
  if (value instanceof JsonNumber) {
    const number = Number(value.text)
    return Number.isFinite(number)
      ? toPrecision(number, single, place)
      : refuse('OUT_OF_RANGE', 'is too large for a float', place)
  }
  if (typeof value !== 'number') return refuse('WRONG_TYPE', `is ${describe(value)}, not a number`, place)
  if (Number.isFinite(value)) return toPrecision(value, single, place)
  if (Number.isNaN(value) && place.nullable) return null
  if (place.nonFinite) return value
  return refuse('OUT_OF_RANGE', 'is not a finite number', place)
}

function toPrecision(number: number, single: boolean, place: Place): number {
  if (!single) return number
  return Math.abs(number) < maxFloat32
    ? Math.fround(number)
    : refuse('OUT_OF_RANGE', 'is too large for a single-precision float', place)
}

interface IntegerRange {
  readonly min: bigint
  readonly max: bigint
  /** 64-bit integers may be decimal text. */
  readonly text: boolean
}
const ranges = new Map<string, IntegerRange>()

export function signed(bits: 8 | 16 | 32 | 64): IntegerRange {
  return rangeOf(`i${bits}`, -(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n, bits === 64)
}
export function unsigned(bits: 8 | 16 | 32 | 64): IntegerRange {
  return rangeOf(`u${bits}`, 0n, 2n ** BigInt(bits) - 1n, bits === 64)
}
function rangeOf(key: string, min: bigint, max: bigint, text: boolean): IntegerRange {
  let range = ranges.get(key)
  if (!range) {
    range = { min, max, text }
    ranges.set(key, range)
  }
  return range
}

/** A whole number, exact; throws NOT_AN_INTEGER, OUT_OF_RANGE or WRONG_TYPE. */
export function toInteger(value: unknown, range: IntegerRange, place: Place): bigint {
  const integer = exactInteger(value, range, place)
  if (integer < range.min || integer > range.max)
    return refuse('OUT_OF_RANGE', 'does not fit the integer type', place)
  return integer
}

function exactInteger(value: unknown, range: IntegerRange, place: Place): bigint {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? BigInt(value) : refuse('NOT_AN_INTEGER', 'is not a whole number', place)
  }
  if (value instanceof JsonNumber) return wholeNumber(value.text, place)
  if (range.text && typeof value === 'string' && /^-?[0-9]{1,20}$/.test(value)) return BigInt(value)
  return refuse('WRONG_TYPE', `is ${describe(value)}, not a whole number`, place)
}

/** Exactly, from decimal text with fraction and exponent: 1.50e1 is 15, 1.5 is none. */
function wholeNumber(text: string, place: Place): bigint {
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits === '') return 0n
  const shift = Number(exponent) - fraction.length
  if (shift > 40) return refuse('OUT_OF_RANGE', 'does not fit the integer type', place)
  const zeros = digits.length - digits.replace(/0+$/, '').length
  if (-shift > zeros) return refuse('NOT_AN_INTEGER', 'is not a whole number', place)
  const magnitude = shift >= 0 ? digits + '0'.repeat(shift) : digits.slice(0, digits.length + shift)
  return BigInt(sign + magnitude)
}
