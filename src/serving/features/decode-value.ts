import {
  JsonNumber as ExactNumber,
  type LosslessJson,
  tryDecodeNative,
  type Value,
  type ValueType,
} from '../../kernel/values/index.ts'
import { JsonNumber } from '../json/lossless.ts'

/**
 * A JSON value of a body as a value of the type (features.md §1.3); undefined for what does not have it. Bodies are read
 * without rounding: a number that a double may not hold arrives as its text.
 */
export function decodeValue(value: unknown, type: ValueType): Value | undefined {
  if (value === null) return null
  switch (type) {
    case 'float64':
      if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
      break
    case 'int64':
      if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
      break
    case 'string':
      if (typeof value === 'string' && /^[ -~]*$/.test(value)) return value
      break
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
  }
  const exact = exactJson(value)
  return exact === undefined ? undefined : tryDecodeNative(type, exact)
}

/** What a value is, for a message. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof JsonNumber) return `the number ${value.text.slice(0, 40)}`
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 40))}`
  return typeof value === 'object' ? 'an object' : `the ${typeof value} ${String(value)}`
}

/** The tokens NaN and Infinity are no JSON: undefined. */
function exactJson(value: unknown): LosslessJson | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return undefined
    return new ExactNumber(Object.is(value, -0) ? '-0.0' : String(value))
  }
  if (value instanceof JsonNumber) return new ExactNumber(value.text)
  if (typeof value !== 'object') return undefined
  if (Array.isArray(value)) {
    const items = value.map(exactJson)
    return items.some(item => item === undefined) ? undefined : (items as LosslessJson[])
  }
  const members = new Map<string, LosslessJson>()
  for (const [name, member] of Object.entries(value)) {
    const exact = exactJson(member)
    if (exact === undefined) return undefined
    members.set(name, exact)
  }
  return members
}
