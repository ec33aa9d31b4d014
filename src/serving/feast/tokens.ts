import { parseTimestamp } from '../../kernel/time.ts'
import {
  encodeNative,
  parseType,
  parseWholeNumber,
  sortedEntries,
  type TypeNode,
  type Value,
  type ValueType,
} from '../../kernel/values/index.ts'
import { decodeValue } from '../features/decode-value.ts'
import { JsonNumber } from '../json/lossless.ts'

/**
 * The token of a value in the Feast dialect (features.md §1): int64 with all digits, floats always with a point or an
 * exponent, timestamps as whole epoch seconds rounded down; all else as natively.
 */
export function encodeFeast(type: string, value: Value): string {
  return encode(type, parseType(type), value)
}

function encode(type: string, node: TypeNode, value: Value): string {
  if (value === null) return 'null'
  if (node.kind === 'list') {
    const element = type.slice('list<'.length, -1)
    return `[${(value as readonly Value[]).map(item => encode(element, node.element, item)).join(',')}]`
  }
  if (node.kind === 'map') {
    const element = type.slice('map<string,'.length, -1)
    const entries = sortedEntries(value as ReadonlyMap<string, Value>)
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${encode(element, node.value, item)}`).join(',')}}`
  }
  if (node.kind === 'decimal') return encodeNative(type, value)
  switch (node.name) {
    case 'int64':
      return String(value)
    case 'float64':
    case 'float32':
      return encodeFloat(value as number)
    case 'timestamp':
      return String(floorSeconds(value as bigint))
    default:
      return encodeNative(type, value)
  }
}

function encodeFloat(value: number): string {
  if (!Number.isFinite(value)) return encodeNative('float64', value)
  if (Object.is(value, -0)) return '-0.0'
  const text = `${value}`
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text
}

function floorSeconds(micros: bigint): bigint {
  const seconds = micros / 1_000_000n
  return micros % 1_000_000n < 0n ? seconds - 1n : seconds
}

/**
 * The value of a JSON value that a Feast client sends, as natively; timestamps are whole epoch seconds or text, see
 * {@link parseFeastTime}. Undefined for what does not have the type.
 */
export function tryDecodeFeast(type: ValueType, json: unknown): Value | undefined {
  if (type === 'timestamp') return decodeTime(json)
  if (type.startsWith('list<') && type.includes('timestamp') && Array.isArray(json)) {
    const element = type.slice('list<'.length, -1) as ValueType
    const items = json.map(item => tryDecodeFeast(element, item))
    return items.includes(undefined) ? undefined : (items as Value[])
  }
  return decodeValue(json, type)
}

const earliest = -62_135_596_800n
const latest = 253_402_300_799n

function decodeTime(json: unknown): Value | undefined {
  if (json === null) return null
  if (typeof json === 'string') return parseFeastTime(json)
  const text = json instanceof JsonNumber ? json.text : typeof json === 'number' ? String(json) : ''
  const seconds = parseWholeNumber(text)
  return seconds === undefined || seconds < earliest || seconds > latest ? undefined : seconds * 1_000_000n
}

const isoTime = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2}(?:\.\d+)?))?(Z|[+-]\d{2}:?\d{2})?)?$/

/** Microseconds of an ISO 8601 text: `T` or a blank before the time, UTC where no zone is written. */
export function parseFeastTime(text: string): bigint | undefined {
  const match = isoTime.exec(text)
  if (!match) return undefined
  const [, day = '', minutes = '00:00', seconds = '00', zone = 'Z'] = match
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
  const micros = parseTimestamp(`${day}T${minutes}:${seconds}${offset}`)
  return micros === undefined || floorSeconds(micros) < earliest || floorSeconds(micros) > latest
    ? undefined
    : micros
}

/** RFC 3339 in UTC with 0, 3 or 6 fraction digits, whichever say it all. */
export function formatFeastTime(micros: bigint): string {
  const seconds = floorSeconds(micros)
  const fraction = micros - seconds * 1_000_000n
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  if (fraction === 0n) return `${whole}Z`
  const digits = String(fraction).padStart(6, '0')
  return `${whole}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`
}
