import { parseTimestamp } from '../time.ts'
import { JsonNumber, type LosslessJson } from './lossless-json.ts'
import type { Value } from './model.ts'
import { typeMismatch } from './native-json.ts'
import { parseType, type TypeNode } from './types.ts'

/** Where a value stood, for the message. */
export interface ValuePlace {
  readonly column?: string
  readonly row?: number
}

/**
 * The value of a JSON token for a type, read without rounding (features.md §1.3). Throws TYPE_MISMATCH with column, row
 * and wanted type for anything else; nothing is coerced.
 */
export function decodeNative(type: string, json: LosslessJson, place: ValuePlace = {}): Value {
  const value = decode(parseType(type), json)
  if (value === undefined) throw typeMismatch(type, place, describe(json))
  return value
}

/** As {@link decodeNative}, with undefined for what is refused. */
export function tryDecodeNative(type: string, json: LosslessJson): Value | undefined {
  return decode(parseType(type), json)
}

function describe(json: LosslessJson): string {
  if (json instanceof JsonNumber) return `the number ${json.text.slice(0, 40)}`
  if (typeof json === 'string') return `the text ${JSON.stringify(json.slice(0, 40))}`
  if (typeof json === 'boolean') return String(json)
  return Array.isArray(json) ? 'an array' : 'an object'
}

function decode(type: TypeNode, json: LosslessJson): Value | undefined {
  if (json === null) return null
  if (type.kind === 'decimal')
    return typeof json === 'string' ? parseDecimal(json, type.precision, type.scale) : undefined
  if (type.kind === 'list') return decodeList(type.element, json)
  if (type.kind === 'map') return decodeMap(type.value, json)
  return scalars[type.name](json)
}

const scalars: Record<(TypeNode & { kind: 'scalar' })['name'], (json: LosslessJson) => Value | undefined> = {
  bool: json => (typeof json === 'boolean' ? json : undefined),
  string: json => (typeof json === 'string' && !/\p{Surrogate}/u.test(json) ? json : undefined),
  int64: decodeInteger,
  float64: json => decodeFloat(json, Number),
  float32: json => decodeFloat(json, text => Math.fround(Number(text))),
  timestamp: json => (typeof json === 'string' ? parseTimestamp(json) : undefined),
  date: json => (typeof json === 'string' ? parseDate(json) : undefined),
  bytes: json => (typeof json === 'string' ? parseBase64(json) : undefined),
}

function decodeInteger(json: LosslessJson): bigint | undefined {
  const value = json instanceof JsonNumber ? parseWholeNumber(json.text) : parseIntegerText(json)
  return value !== undefined && BigInt.asIntN(64, value) === value ? value : undefined
}

function parseIntegerText(json: LosslessJson): bigint | undefined {
  return typeof json === 'string' && /^-?(0|[1-9][0-9]{0,18})$/.test(json) ? BigInt(json) : undefined
}

/** The whole number a JSON number token stands for in any notation; undefined if it has a fraction or is huge. */
export function parseWholeNumber(token: string): bigint | undefined {
  const match = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(token)
  if (!match) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return 0n
  const power = Number(exponent) - fraction.length + (digits.length - significant.length)
  if (power < 0 || power + significant.length > 40) return undefined
  return BigInt(`${sign}${significant}`) * 10n ** BigInt(power)
}

const nonFinite: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

function decodeFloat(json: LosslessJson, parse: (text: string) => number): number | undefined {
  if (typeof json === 'string') return Object.hasOwn(nonFinite, json) ? nonFinite[json] : undefined
  if (!(json instanceof JsonNumber)) return undefined
  const value = parse(json.text)
  return Number.isFinite(value) ? value : undefined
}

/** Days since 1970-01-01 of `YYYY-MM-DD`; undefined if there is no such day. */
export function parseDate(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const micros = parseTimestamp(`${text}T00:00:00Z`)
  return micros === undefined ? undefined : Number(micros / 86_400_000_000n)
}

/** The unscaled integer of a decimal text that fits precision and scale without rounding. */
export function parseDecimal(text: string, precision: number, scale: number): bigint | undefined {
  const match = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(text)
  if (!match) return undefined
  const [, sign = '', whole = '', fraction = ''] = match
  const kept = fraction.replace(/0+$/, '')
  if (kept.length > scale) return undefined
  const digits = `${whole}${kept.padEnd(scale, '0')}`.replace(/^0+/, '')
  return digits.length > precision ? undefined : BigInt(`${sign}${digits || '0'}`)
}

function parseBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined
}

function decodeList(element: TypeNode, json: LosslessJson): Value | undefined {
  if (!Array.isArray(json)) return undefined
  const items: Value[] = []
  for (const each of json as readonly LosslessJson[]) {
    const item = decode(element, each)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

function decodeMap(value: TypeNode, json: LosslessJson): Value | undefined {
  if (!(json instanceof Map)) return undefined
  const members = new Map<string, Value>()
  for (const [key, each] of json as ReadonlyMap<string, LosslessJson>) {
    const item = decode(value, each)
    if (item === undefined || /\p{Surrogate}/u.test(key)) return undefined
    members.set(key, item)
  }
  return members
}
