import { textFault } from '../../kernel/text.ts'
import type { Field, Fields, MessageOf } from './fields.ts'
import { invalid, missing } from './refusals.ts'

/** A JSON object as the message it is sent for: unknown fields ignored, null is absent. Throws BAD_REQUEST naming the field. */
export function readMessage<F extends Fields>(
  fields: F,
  body: Readonly<Record<string, unknown>>,
): MessageOf<F> {
  return readFields(fields, body, '') as MessageOf<F>
}

/** The same from a query, where every value is text and lists are repeated keys. */
export function readQuery<F extends Fields>(
  fields: F,
  query: Readonly<Record<string, string | string[] | undefined>>,
): MessageOf<F> {
  const read: Record<string, unknown> = {}
  for (const [name, { field, required, formerly }] of Object.entries(fields)) {
    const sent = [query[name] ?? (formerly === undefined ? undefined : query[formerly]) ?? []].flat()
    if (field.kind === 'list') {
      if (sent.length > 0) read[name] = sent.map((value, at) => fromText(field.of, value, `${name}[${at}]`))
    } else {
      const value = sent.at(-1)
      if (value === undefined || value === '') {
        if (required) throw missing(name)
        if (value === '' && field.kind === 'text') read[name] = value
        else if (value === '') throw invalid(name, value, 'it is empty')
      } else read[name] = fromText(field, value, name)
    }
    if (required && read[name] === undefined) throw missing(name)
  }
  return read as MessageOf<F>
}

function readFields(fields: Fields, body: Readonly<Record<string, unknown>>, path: string): object {
  const read: Record<string, unknown> = {}
  for (const name in fields) {
    const use = fields[name]
    if (use === undefined) continue
    const sent = body[name] ?? (use.formerly === undefined ? undefined : body[use.formerly])
    const place = path === '' ? name : `${path}.${name}`
    if (sent === undefined || sent === null || (use.required && sent === '')) {
      if (use.required) throw missing(place)
    } else read[name] = readValue(use.field, sent, place)
  }
  return read
}

function readValue(field: Field, value: unknown, path: string): unknown {
  switch (field.kind) {
    case 'text':
      return readText(value, path)
    case 'integer':
      return readInteger(value, path)
    case 'double':
      return readDouble(value, path)
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(path, value, 'true or false is wanted')
      return value
    case 'name':
      return readName(field.names, value, path)
    case 'message':
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw invalid(path, value, 'an object is wanted')
      return readFields(field.fields, value as Readonly<Record<string, unknown>>, path)
    case 'list':
      if (!Array.isArray(value)) throw invalid(path, value, 'a list is wanted')
      return value.map((item, at) => readValue(field.of, item, `${path}[${at}]`))
  }
}

function fromText(field: Field, value: string, path: string): unknown {
  if (field.kind !== 'boolean') return readValue(field, value, path)
  if (value !== 'true' && value !== 'false') throw invalid(path, value, 'true or false is wanted')
  return value === 'true'
}

/** Text as every store can keep it: no half of a surrogate pair, no U+0000. */
export function readText(value: unknown, path: string): string {
  if (typeof value !== 'string') throw invalid(path, value, 'a text is wanted')
  const fault = textFault(value)
  if (fault !== undefined) throw invalid(path, value, `it ${fault}`)
  return value
}

export function readInteger(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value === 0 ? 0 : value
  if (typeof value === 'string' && /^-?\d{1,16}$/.test(value)) {
    const parsed = Number(value)
    if (Number.isSafeInteger(parsed)) return parsed === 0 ? 0 : parsed
  }
  throw invalid(path, value, 'an integer within ±(2^53 − 1) is wanted')
}

const infinity = /^([+-]?)inf(?:inity)?$/i
const decimal = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
/** A double; what stands for an infinity becomes the largest double of its sign. */
export function readDouble(value: unknown, path: string): number {
  if (typeof value === 'number') return clamped(value)
  if (typeof value === 'string') {
    const sign = infinity.exec(value)?.[1]
    if (sign !== undefined) return sign === '-' ? -Number.MAX_VALUE : Number.MAX_VALUE
    if (value === 'NaN' || decimal.test(value)) return clamped(Number(value))
  }
  throw invalid(path, value, 'a number, "NaN", "Infinity" or "-Infinity" is wanted')
}

function clamped(value: number): number {
  if (value === Number.POSITIVE_INFINITY) return Number.MAX_VALUE
  return value === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : value
}

function readName(names: Readonly<Record<string, number>>, value: unknown, path: string): string {
  if (typeof value === 'string' && Object.hasOwn(names, value)) return value
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  const found = Object.keys(names).find(name => names[name] === number)
  if (found === undefined) throw invalid(path, value, `one of ${Object.keys(names).join(', ')} is wanted`)
  return found
}
