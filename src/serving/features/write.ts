import { createHash } from 'node:crypto'
import type { SourceData } from '../../definitions/model.ts'
import {
  type FeatureCatalog,
  type FeatureWriteReport,
  type FeatureWriteRequest,
  maxWriteRows,
  type PushRow,
} from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearestFirst } from '../../kernel/nearest.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { Reply } from '../front/http.ts'
import { decodeValue, describeValue } from './decode-value.ts'
import { bodyMembers, flag } from './read.ts'
import { rejectionMessage } from './rejection-message.ts'

/** A write as it was sent, with what its report says about rows that do not fit. */
export interface WriteCall {
  readonly request: FeatureWriteRequest
  readonly source: SourceData | undefined
  /** The first value of a row that does not have its type. */
  readonly mismatches: ReadonlyMap<number, Mismatch>
}

export interface Mismatch {
  readonly column: string
  readonly wanted: string
  readonly found: string
}

interface Sent {
  readonly body: Buffer
  readonly now: Micros
}

/** `{ source, columns: {name: [values]} | rows: [{name: value}], to?, atomic?, batchId? }` */
export function decodeWrite(catalog: FeatureCatalog, { body, now }: Sent): WriteCall {
  const members = bodyMembers(body)
  const options = writeOptions(members, body)
  const name = members['source']
  if (typeof name !== 'string') throw new FettleError('BAD_REQUEST', 'source is not the name of a source')
  const source = catalog.sources.find(each => each.name === name)
  // The service says which names there are.
  if (!source) return { request: { source: name, rows: [], now, ...options }, source, mismatches: new Map() }
  const { columns, rows } = members
  if ((columns === undefined) === (rows === undefined))
    throw new FettleError('EXACTLY_ONE_OF', 'a write has either columns or rows', {
      hint: 'Send {"source": …, "columns": {name: [values]}} or {"source": …, "rows": [{name: value}]}.',
    })
  const given = columns === undefined ? columnsOfRows(source, rows) : objectOf(columns, 'columns')
  const mismatches = new Map<number, Mismatch>()
  return {
    request: { source: name, rows: typedRows(source, given, mismatches), now, ...options },
    source,
    mismatches,
  }
}

/** `{ columns | rows of keys, at? }`: a tombstone for each key at an event time, now by default. */
export function decodeDelete(
  catalog: FeatureCatalog,
  { source: name, body, now }: Sent & { readonly source: string },
): WriteCall {
  const members = bodyMembers(body)
  const options = writeOptions(members, body)
  const source = catalog.sources.find(each => each.name === name)
  if (!source) return { request: { source: name, rows: [], now, ...options }, source, mismatches: new Map() }
  const { deleted, eventTime, knownAt } = source
  if (deleted === undefined)
    throw new FettleError(
      'SOURCE_NOT_WRITABLE',
      `source ${name} declares no column that marks a row as deleted`,
      {
        hint: 'Declare deleted: the name of a bool column.',
      },
    )
  const keys = objectOf(members['keys'], 'keys')
  const views = catalog.views.filter(view => view.source === name)
  const needed = [...new Set(views.flatMap(view => view.keys))]
  const count = listOf(keys, needed[0] ?? '').length
  const at = decodeValue(members['at'] ?? null, 'timestamp')
  if (at === undefined)
    throw new FettleError('TYPE_MISMATCH', `at is ${describeValue(members['at'])}, not a time`)
  const filled = new Map<string, Value>([[deleted, true]])
  if (eventTime !== null) filled.set(eventTime, at ?? now)
  if (knownAt.kind === 'column') filled.set(knownAt.column, now)
  const mismatches = new Map<number, Mismatch>()
  const typed = source.columns.map((column): readonly (Value | undefined)[] =>
    needed.includes(column.name)
      ? typedColumn(column, listOf(keys, column.name), mismatches)
      : new Array<Value>(count).fill(filled.get(column.name) ?? null),
  )
  refuseUnknown(source, Object.keys(keys))
  return { request: { source: name, rows: transposed(typed), now, ...options }, source, mismatches }
}

type Options = Omit<FeatureWriteRequest, 'source' | 'rows' | 'now'>

function writeOptions(members: Readonly<Record<string, unknown>>, body: Buffer): Options {
  const { to, batchId } = members
  if (to !== undefined && to !== 'online' && to !== 'offline' && to !== 'both')
    throw new FettleError('BAD_REQUEST', `to is ${describeValue(to)}, not online, offline or both`)
  const atomic = flag(members, 'atomic')
  return {
    ...(to === undefined ? {} : { to }),
    ...(atomic === undefined ? {} : { atomic }),
    ...batch(batchId, body),
  }
}

/** A batch id with the hash of what was sent under it. */
export function batch(batchId: unknown, body: Buffer): Pick<FeatureWriteRequest, 'batchId' | 'bodyHash'> {
  if (batchId === undefined || batchId === null) return {}
  if (typeof batchId !== 'string' || batchId === '' || batchId.length > 1024)
    throw new FettleError('BAD_REQUEST', 'batchId is not a text of 1 to 1024 characters')
  return { batchId, bodyHash: createHash('sha256').update(body).digest('hex') }
}

function objectOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw new FettleError('BAD_REQUEST', `${name} is ${describeValue(value)}, not an object of lists`)
}

/** Rows as columns: every row has every column. */
function columnsOfRows(source: SourceData, rows: unknown): Readonly<Record<string, unknown>> {
  if (!Array.isArray(rows)) throw new FettleError('BAD_REQUEST', 'rows is not a list of objects')
  requireFew(rows.length)
  const columns = Object.fromEntries(
    source.columns.map(({ name }) => [name, new Array<unknown>(rows.length)]),
  )
  rows.forEach((row: unknown, index) => {
    const members = objectOf(row, `row ${index}`)
    refuseUnknown(source, Object.keys(members), index)
    for (const { name } of source.columns) {
      if (!Object.hasOwn(members, name)) throw missing(name, index)
      const column = columns[name]
      if (column) column[index] = members[name]
    }
  })
  return columns
}

/** Rows in the order of the source's columns; undefined where a value does not have its type. */
function typedRows(
  source: SourceData,
  given: Readonly<Record<string, unknown>>,
  mismatches: Map<number, Mismatch>,
): readonly PushRow[] {
  refuseUnknown(source, Object.keys(given))
  const lists = source.columns.map(column => listOf(given, column.name))
  requireEqual(source, lists)
  requireFew(lists[0]?.length ?? 0)
  return transposed(
    source.columns.map((column, index) => typedColumn(column, lists[index] ?? [], mismatches)),
  )
}

function typedColumn(
  { name, type }: SourceData['columns'][number],
  values: readonly unknown[],
  mismatches: Map<number, Mismatch>,
): readonly (Value | undefined)[] {
  return values.map((value, row) => {
    const typed = value === undefined ? undefined : decodeValue(value, type)
    if (typed === undefined && !mismatches.has(row))
      mismatches.set(row, { column: name, wanted: type, found: describeValue(value) })
    return typed
  })
}

/** Columns as rows. Throws RAGGED_DATA. */
export function transposed(columns: readonly (readonly (Value | undefined)[])[]): readonly PushRow[] {
  const count = columns[0]?.length ?? 0
  return Array.from({ length: count }, (_, row) => columns.map(column => column[row]))
}

function listOf(given: Readonly<Record<string, unknown>>, name: string): readonly unknown[] {
  const values = Object.hasOwn(given, name) ? given[name] : undefined
  if (values === undefined) throw missing(name)
  if (Array.isArray(values)) return values
  throw new FettleError('RAGGED_DATA', `column "${name}" is ${describeValue(values)}, not a list of values`, {
    details: { column: name },
  })
}

function requireEqual(source: SourceData, lists: readonly (readonly unknown[])[]): void {
  const count = lists[0]?.length ?? 0
  const other = lists.findIndex(list => list.length !== count)
  if (other < 0) return
  const [first, second] = [source.columns[0]?.name, source.columns[other]?.name]
  throw new FettleError(
    'RAGGED_DATA',
    `column "${second}" has ${lists[other]?.length} values, "${first}" has ${count}`,
    { details: { column: second } },
  )
}

/** More rows than a write may have. Throws BATCH_TOO_LARGE. */
export function requireFew(rows: number): void {
  if (rows <= maxWriteRows) return
  throw new FettleError('BATCH_TOO_LARGE', `${rows} rows are more than the ${maxWriteRows} of one write`, {
    hint: `Send at most ${maxWriteRows} rows at once.`,
    details: { rows, limit: maxWriteRows },
  })
}

/** Throws COLUMN_UNKNOWN for the first name that is no column of the source. */
export function refuseUnknown(source: SourceData, names: readonly string[], row?: number): void {
  const known = source.columns.map(column => column.name)
  const unknown = names.find(name => !known.includes(name))
  if (unknown === undefined) return
  const near = nearestFirst(unknown.slice(0, 80), known).slice(0, 3)
  throw new FettleError(
    'COLUMN_UNKNOWN',
    `source ${source.name} has no column "${unknown.slice(0, 80)}"${row === undefined ? '' : ` (row ${row})`}`,
    { hint: `The nearest are ${near.join(', ')}.`, details: { column: unknown.slice(0, 80), nearest: near } },
  )
}

/** A declared column that was not sent: null is a value of its own and is sent as null. */
export function missing(column: string, row?: number): FettleError {
  return new FettleError(
    'COLUMN_MISSING',
    `column "${column}" is missing${row === undefined ? '' : ` in row ${row}`}`,
    { hint: 'Send every declared column, null where there is no value.', details: { column } },
  )
}

/** The report; 422 when every row was rejected, or nothing was written because one was. */
export function writeReply(report: FeatureWriteReport, call: WriteCall): Reply {
  const rows = report.rows.map(line => {
    const message = line.code === undefined ? undefined : rejectionMessage(line.row, line.code, call)
    return message === undefined ? line : { ...line, ...message }
  })
  const none = report.received > 0 && report.rejected === report.received
  return { status: none ? 422 : 200, body: JSON.stringify({ ...report, rows }) }
}
