import { FettleError } from '../../../kernel/errors/index.ts'
import type { DecodedRequest } from '../../front/answered.ts'
import type { RequestField, ServingSignature } from '../../front/signature.ts'
import { batchOfColumns, requireRows } from '../rows.ts'
import { csvCell, frameCell } from './cells.ts'
import { type CsvLine, parseCsv } from './csv.ts'

export interface FrameRequest extends DecodedRequest {
  /** How many columns were sent that the deployment does not take; they are dropped. */
  readonly extraColumns: number
}

/** `{"columns":[…],"data":[[…],…],"index"?}`. */
export function decodeSplit(
  { columns, data }: Readonly<Record<string, unknown>>,
  signature: ServingSignature,
): FrameRequest {
  if (!isTexts(columns))
    throw new FettleError('WRONG_TYPE', 'dataframe_split has no columns, a list of names')
  if (!Array.isArray(data)) throw new FettleError('WRONG_TYPE', 'dataframe_split has no data, a list of rows')
  requireRows(data.length)
  const places = placesOf(columns, signature)
  data.forEach((row: unknown, at) => {
    if (!Array.isArray(row)) throw new FettleError('WRONG_TYPE', `row ${at} of the data is not a list`)
    if (row.length !== columns.length)
      throw new FettleError(
        'RAGGED_DATA',
        `row ${at} has ${row.length} values for ${columns.length} columns`,
        { details: { row: at } },
      )
  })
  const rows = data as readonly (readonly unknown[])[]
  const typed = signature.request.map((field, i) =>
    rows.map((row, at) => frameCell(row[places[i] ?? 0], field, at)),
  )
  return {
    ...batchOfColumns(typed, rows.length, signature),
    id: undefined,
    extraColumns: columns.length - places.length,
  }
}

/** `[{column: value, …}, …]`. */
export function decodeRecords(records: unknown, signature: ServingSignature): FrameRequest {
  if (!Array.isArray(records))
    throw new FettleError('WRONG_TYPE', 'dataframe_records is not a list of objects')
  requireRows(records.length)
  const extra = new Set<string>()
  const known = new Set(signature.request.map(field => field.name))
  const rows = records.map((record: unknown, row) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw new FettleError('WRONG_TYPE', `record ${row} is not an object`, { details: { row } })
    for (const name of Object.keys(record)) if (!known.has(name)) extra.add(name)
    return record as Readonly<Record<string, unknown>>
  })
  const typed = signature.request.map(field => rows.map((record, row) => recordCell(record, field, row)))
  return { ...batchOfColumns(typed, rows.length, signature), id: undefined, extraColumns: extra.size }
}

function recordCell(record: Readonly<Record<string, unknown>>, field: RequestField, row: number) {
  const { name } = field
  if (Object.hasOwn(record, name)) return frameCell(record[name], field, row)
  throw new FettleError('MISSING_INPUT', `record ${row} lacks column "${name}"`, {
    details: { row, column: name },
  })
}

/** `header: false`: the columns are those of the request signature, in its order. */
export function decodeCsv(
  text: string,
  { header, signature }: { readonly header: boolean; readonly signature: ServingSignature },
): FrameRequest {
  const lines = parseCsv(text, header)
  if (header && lines.length === 0)
    throw new FettleError('BAD_CSV', 'line 1 is not a header row', { details: { line: 1 } })
  const names = header ? (lines[0]?.fields.map(field => field.text) ?? []) : undefined
  const rows = header ? lines.slice(1) : lines
  const places = names ? placesOf(names, signature) : ownPlaces(rows, signature)
  const typed = signature.request.map((field, i) => rows.map(line => cellOf(line, places[i] ?? 0, field)))
  const extraColumns = (names ?? places).length - places.length
  return { ...batchOfColumns(typed, rows.length, signature), id: undefined, extraColumns }
}

/** Errors say the line, which is what a person can look up. */
function cellOf({ fields, line }: CsvLine, place: number, field: RequestField) {
  try {
    return csvCell(fields[place] ?? { text: '', quoted: false }, field, line)
  } catch (error) {
    if (!(error instanceof FettleError)) throw error
    throw new FettleError(error.code, error.message.replace(`of row ${line}`, `of line ${line}`), {
      details: { line, column: field.name },
    })
  }
}

function ownPlaces(rows: readonly CsvLine[], { request }: ServingSignature): readonly number[] {
  const [first] = rows
  if (first && first.fields.length !== request.length)
    throw new FettleError(
      'BAD_CSV',
      `line ${first.line} has ${first.fields.length} fields, the deployment takes ${request.length} in the order of its signature`,
      { details: { line: first.line } },
    )
  return request.map((_, at) => at)
}

/** Where each input stands among the columns. */
function placesOf(columns: readonly string[], { request }: ServingSignature): readonly number[] {
  const twice = request.find(({ name }) => columns.indexOf(name) !== columns.lastIndexOf(name))
  if (twice) throw new FettleError('DUPLICATE_NAME', `column "${twice.name}" is named twice`)
  return request.map(({ name }) => {
    const at = columns.indexOf(name)
    if (at >= 0) return at
    throw new FettleError('MISSING_INPUT', `column "${name}" is missing`, { details: { column: name } })
  })
}

function isTexts(columns: unknown): columns is readonly string[] {
  return Array.isArray(columns) && columns.every(each => typeof each === 'string')
}
