import { FettleError } from '../../kernel/errors/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import { coerce } from '../json/coerce.ts'
import type { RequestColumn, RequestField } from './signature.ts'

/**
 * Checks one JSON object against the request fields, writes the fields that are vector columns to
 * `vector[offset + column]` and returns the typed row. Throws a FettleError that names row and column.
 */
export type RowChecker = (
  input: unknown,
  row: number,
  vector: Float64Array,
  offset: number,
) => Readonly<Record<string, Value>>

/**
 * A checker written for these fields: straight-line code, one shape of object, no loop and no schema at run time.
 * Field names enter the text only as JSON string literals.
 */
export function compileChecker(
  request: readonly RequestField[],
  columns: readonly RequestColumn[],
): RowChecker {
  const helpers = {
    slow: (value: unknown, field: number, row: number): Value =>
      slowField(request[field] as RequestField, value, row),
    shape: (input: unknown, row: number): never => refuseShape(request, input, row),
    plainText: /^[ -~]{0,255}$/,
  }
  const reads = request.map((field, i) => fieldCode(field, i))
  const writes = columns.map(column => {
    const i = request.findIndex(field => field.name === column.field)
    return `vector[offset + ${column.at}] = ${doubleCode(request[i] as RequestField, `f${i}`)}`
  })
  const members = request.map((field, i) => `${JSON.stringify(field.name)}: f${i}`)
  const code = `
    return function check(input, row, vector, offset) {
      if (typeof input !== 'object' || input === null || Array.isArray(input)) helpers.shape(input, row)
      let sent = 0
      for (const name in input) sent++
      if (sent !== ${request.length}) helpers.shape(input, row)
      ${reads.join('\n      ')}
      ${writes.join('\n      ')}
      return { ${members.join(', ')} }
    }`
  return new Function('helpers', code)(helpers) as RowChecker
}

function fieldCode(field: RequestField, i: number): string {
  const name = `f${i}`
  const slow = `${name} = helpers.slow(${name}, ${i}, row)`
  const read = `let ${name} = input[${JSON.stringify(field.name)}]; if (${name} === undefined) helpers.shape(input, row);`
  switch (field.type) {
    case 'string':
      return `${read} if (typeof ${name} !== 'string' || !helpers.plainText.test(${name})) ${slow}`
    case 'float64':
      return `${read} if (typeof ${name} !== 'number' || ${name} - ${name} !== 0) ${slow}`
    case 'bool':
      return `${read} if (typeof ${name} !== 'boolean') ${slow}`
    default:
      return `${read} ${slow}`
  }
}

function doubleCode(field: RequestField, name: string): string {
  return field.type === 'float64'
    ? `${name} === null ? NaN : ${name}`
    : `${name} === null ? NaN : Number(${name})`
}

const maxKeyBytes = 1024

function slowField(field: RequestField, value: unknown, row: number): Value {
  const typed = coerce(value, field.type, { column: field.name, row, nullable: field.nullable })
  if (field.role === 'key' && typeof typed === 'string') checkKey(field.name, typed, row)
  return typed
}

/** Keys are valid Unicode without U+0000 and encode to at most 1 024 bytes. */
export function checkKey(name: string, key: string, row: number): void {
  const long = Buffer.byteLength(key) > maxKeyBytes
  if (!long && !key.includes('\0')) return
  const what = long ? `is longer than ${maxKeyBytes} bytes` : 'contains U+0000'
  throw new FettleError('BAD_KEY', `key "${name}" of row ${row} ${what}`, { details: { column: name, row } })
}

function refuseShape(request: readonly RequestField[], input: unknown, row: number): never {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new FettleError('WRONG_TYPE', `row ${row} is not an object of fields`, { details: { row } })
  }
  const names = new Set(request.map(field => field.name))
  const unknown = Object.keys(input).find(name => !names.has(name))
  if (unknown !== undefined) {
    const text = unknown.length > 80 ? `${unknown.slice(0, 80)}…` : unknown
    throw new FettleError(
      'UNKNOWN_INPUT',
      `row ${row} has field ${JSON.stringify(text)}, which is not an input`,
      { details: { row, column: text } },
    )
  }
  const missing = request.find(field => !Object.hasOwn(input, field.name))
  throw new FettleError('MISSING_INPUT', `row ${row} lacks field "${missing?.name}"`, {
    ...(missing?.nullable ? { hint: 'Send null when there is no value.' } : {}),
    details: { row, column: missing?.name },
  })
}
