import { FettleError } from '../../kernel/errors/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { DecodedRequest } from '../front/answered.ts'
import { type ServingSignature, toDouble } from '../front/signature.ts'

const maxRows = 4096

/** BATCH_TOO_LARGE for more rows than one request may have. */
export function requireRows(count: number): void {
  if (count > maxRows) {
    throw new FettleError('BATCH_TOO_LARGE', `${count} rows are more than the ${maxRows} of one request`, {
      details: { rows: count, limit: maxRows },
    })
  }
}

/** Ids are texts of at most 1 024 characters; absent is fine. */
export function requestIdOf(id: unknown): string | undefined {
  if (id === undefined) return undefined
  if (typeof id === 'string' && id.length <= 1024) return id
  throw new FettleError('WRONG_TYPE', 'id is not a text of at most 1024 characters')
}

/** Objects keyed by input name, one a row, exactly the inputs of the request signature. */
export function decodeRows(
  inputs: readonly unknown[],
  id: string | undefined,
  signature: ServingSignature,
): DecodedRequest {
  requireRows(inputs.length)
  const vectors = new Float64Array(inputs.length * signature.width)
  const rows = inputs.map((input, row) => signature.check(input, row, vectors, row * signature.width))
  return { rows, vectors, id }
}

type Columns = readonly (readonly Value[])[]
type RowMaker = (columns: Columns, row: number) => Readonly<Record<string, Value>>
const rowMakers = new WeakMap<ServingSignature, RowMaker>()

/** Makes rows of one shape of object; field names enter the code only as JSON string literals. */
function rowMakerOf(signature: ServingSignature): RowMaker {
  const known = rowMakers.get(signature)
  if (known) return known
  const members = signature.request.map(({ name }, at) => `${keyOf(name)}: columns[${at}][row]`)
  const maker = new Function('columns', 'row', `return { ${members.join(', ')} }`) as RowMaker
  rowMakers.set(signature, maker)
  return maker
}

/** A key as code; `__proto__` would be the prototype. */
function keyOf(name: string): string {
  return name === '__proto__' ? `[${JSON.stringify(name)}]` : JSON.stringify(name)
}

/** Typed columns in the order of the request signature, each of `count` values, as rows. */
export function batchOfColumns(
  columns: Columns,
  count: number,
  signature: ServingSignature,
): Pick<DecodedRequest, 'rows' | 'vectors'> {
  const { request, requestColumns, width } = signature
  const makeRow = rowMakerOf(signature)
  const rows = Array.from({ length: count }, (_, row) => makeRow(columns, row))
  const vectors = new Float64Array(count * width)
  const places = new Map(request.map(({ name }, at) => [name, at]))
  for (const { field, at } of requestColumns) {
    const values = columns[places.get(field) ?? 0] ?? []
    for (let row = 0; row < count; row++) vectors[row * width + at] = toDouble(values[row] ?? null)
  }
  return { rows, vectors }
}
