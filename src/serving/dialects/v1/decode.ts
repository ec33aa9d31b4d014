import { isUtf8 } from 'node:buffer'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Value } from '../../../kernel/values/model.ts'
import type { DecodedRequest } from '../../front/answered.ts'
import { checkKey } from '../../front/checker.ts'
import type { RequestField, ServingSignature } from '../../front/signature.ts'
import { coerce } from '../../json/coerce.ts'
import { JsonNumber } from '../../json/lossless.ts'
import { batchOfColumns, decodeRows, requireRows } from '../rows.ts'

/** Rows, or columns: the reply has the form of the request. */
export type Form = 'rows' | 'columns'

/** One input: each instance is its value or an object of it; several: objects keyed by input name. */
export function decodeInstances(instances: unknown, signature: ServingSignature): DecodedRequest {
  if (!Array.isArray(instances)) throw new FettleError('WRONG_TYPE', 'instances is not an array')
  requireRows(instances.length)
  const [only, ...others] = signature.request
  const rows = instances.map((instance: unknown, row) => {
    const bare = only !== undefined && others.length === 0 && !isRecord(instance, only.name)
    return textsOf(bare ? { [only.name]: instance } : instance, row, signature)
  })
  return decodeRows(rows, undefined, signature)
}

/** Columns keyed by input name; one input may be its bare column. */
export function decodeColumns(inputs: unknown, signature: ServingSignature): DecodedRequest {
  const [only, ...others] = signature.request
  const named =
    Array.isArray(inputs) && only !== undefined && others.length === 0 ? { [only.name]: inputs } : inputs
  if (typeof named !== 'object' || named === null || Array.isArray(named) || named instanceof JsonNumber)
    throw new FettleError('WRONG_TYPE', 'inputs is not an object of columns')
  const columns = named as Readonly<Record<string, unknown>>
  const unknown = Object.keys(columns).find(name => !signature.request.some(field => field.name === name))
  if (unknown !== undefined)
    throw new FettleError(
      'UNKNOWN_INPUT',
      `input ${JSON.stringify(unknown.slice(0, 80))} is not in the signature`,
    )
  const arrays = signature.request.map(field => columnOf(columns, field))
  const count = arrays[0]?.length ?? 0
  const ragged = arrays.findIndex(values => values.length !== count)
  if (ragged >= 0)
    throw new FettleError(
      'WRONG_SHAPE',
      `input "${signature.request[ragged]?.name}" has ${arrays[ragged]?.length} values, another has ${count}`,
    )
  requireRows(count)
  const typed = signature.request.map((field, at) =>
    (arrays[at] ?? []).map((value, row) => typedCell(value, field, row)),
  )
  return { ...batchOfColumns(typed, count, signature), id: undefined }
}

function columnOf(columns: Readonly<Record<string, unknown>>, { name }: RequestField): readonly unknown[] {
  if (!Object.hasOwn(columns, name))
    throw new FettleError('MISSING_INPUT', `input "${name}" is missing`, { details: { column: name } })
  const values = columns[name]
  if (Array.isArray(values)) return values
  throw new FettleError('WRONG_TYPE', `input "${name}" is not an array`, { details: { column: name } })
}

/** One value of one input, by the coercions all dialects share. */
function typedCell(value: unknown, field: RequestField, row: number): Value {
  const plain = field.type === 'string' ? textOf(value, { column: field.name, row }) : value
  const typed = coerce(plain, field.type, { column: field.name, row, nullable: field.nullable })
  if (field.role === 'key' && typeof typed === 'string') checkKey(field.name, typed, row)
  return typed
}

/** `{"b64": …}` stands for the text with these bytes. */
function textsOf(instance: unknown, row: number, { request }: ServingSignature): unknown {
  if (typeof instance !== 'object' || instance === null) return instance
  const record = instance as Readonly<Record<string, unknown>>
  const wrapped = request.filter(({ name, type }) => type === 'string' && isB64(record[name]))
  if (wrapped.length === 0) return instance
  const texts = wrapped.map(({ name }) => [name, textOf(record[name], { column: name, row })])
  return { ...record, ...Object.fromEntries(texts) }
}

function textOf(value: unknown, place: { readonly column: string; readonly row: number }): unknown {
  if (!isB64(value)) return value
  const { b64 } = value
  const bytes = Buffer.from(b64, 'base64')
  if (bytes.toString('base64') !== b64)
    throw new FettleError('BAD_BASE64', `column "${place.column}" is not base64`, { details: place })
  if (!isUtf8(bytes))
    throw new FettleError('BAD_UTF8', `column "${place.column}" is not UTF-8`, { details: place })
  return bytes.toString('utf8')
}

function isB64(value: unknown): value is { readonly b64: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { b64?: unknown }).b64 === 'string' &&
    Object.keys(value).length === 1
  )
}

function isRecord(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
}
