import { type FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { parseBody as parseJsonBody } from '../json/parse-body.ts'
import { type Location, problemAt } from './problems.ts'

/** Numbers that a double may not hold stand there as text: see `decodeValue` of the native routes. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The body as a JSON object. Throws BAD_JSON and BAD_REQUEST at `body`. */
export function parseBody(bytes: Buffer): JsonObject {
  let json: unknown
  try {
    json = parseJsonBody(bytes, { integers: true })
  } catch (error) {
    if (isFettleError(error)) throw problemAt(error.code, ['body'], error.message)
    throw error
  }
  if (isObject(json)) return json
  throw problemAt('BAD_REQUEST', ['body'], 'the body is not a JSON object')
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** A member; undefined where it is missing. */
export function memberOf(body: JsonObject, name: string): unknown {
  return Object.hasOwn(body, name) ? body[name] : undefined
}

/** A text that must be there. */
export function textAt(body: JsonObject, name: string): string {
  const value = memberOf(body, name)
  if (typeof value === 'string') return value
  throw wrong(name, value === undefined ? 'is missing' : 'is not a text')
}

/** A list of texts; undefined where it is missing or null. */
export function textsAt(body: JsonObject, name: string): readonly string[] | undefined {
  const value = memberOf(body, name) ?? null
  if (value === null) return undefined
  if (!Array.isArray(value)) throw wrong(name, 'is not a list')
  const odd = value.findIndex(each => typeof each !== 'string')
  if (odd < 0) return value as readonly string[]
  throw problemAt('BAD_REQUEST', ['body', name, odd], `${name}[${odd}] is not a text`)
}

/** A switch that is off where it is missing or null. */
export function flagAt(body: JsonObject, name: string): boolean {
  const value = memberOf(body, name) ?? false
  if (typeof value === 'boolean') return value
  throw wrong(name, 'is not true or false')
}

/** An object of lists, each a column. Throws at the member, or at the column that is no list. */
export function columnsAt(body: JsonObject, name: string): Readonly<Record<string, readonly unknown[]>> {
  const value = memberOf(body, name)
  if (!isObject(value)) throw wrong(name, value === undefined ? 'is missing' : 'is not an object of lists')
  for (const column of Object.keys(value))
    if (!Array.isArray(value[column])) throw listWanted(['body', name, column], column)
  return value as Readonly<Record<string, readonly unknown[]>>
}

function listWanted(loc: Location, column: string): FettleError {
  return problemAt('BAD_REQUEST', loc, `"${column.slice(0, 80)}" is not a list of values`)
}

function wrong(name: string, what: string): FettleError {
  return problemAt('BAD_REQUEST', ['body', name], `${name} ${what}`)
}
