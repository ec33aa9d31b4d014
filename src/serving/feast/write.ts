import type { SourceData } from '../../definitions/model.ts'
import type {
  FeatureCatalog,
  FeatureService,
  FeatureWriteReport,
  FeatureWriteRequest,
  OnlineView,
  Rejection,
} from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearestFirst } from '../../kernel/nearest.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Reply } from '../front/http.ts'
import { columnsAt, type JsonObject, memberOf, textAt } from './body.ts'
import { type Problem, problemAt, problems } from './problems.ts'
import { type DecodedRows, decodeRows, type Frame } from './rows.ts'

export interface FeastWrite {
  readonly body: JsonObject
  readonly now: Micros
}

const targets = { online: 'online', offline: 'offline', online_and_offline: 'both' } as const

/** `POST /push`: whole rows of a push source, for all its views. */
export async function push(service: FeatureService, { body, now }: FeastWrite): Promise<Reply> {
  const name = textAt(body, 'push_source_name')
  const source = pushSourceOf(service.catalog(), name)
  const to = memberOf(body, 'to') ?? 'online'
  if (typeof to !== 'string' || !Object.hasOwn(targets, to))
    throw problemAt('BAD_REQUEST', ['body', 'to'], `to is none of ${Object.keys(targets).join(', ')}`)
  const frame = columnsAt(body, 'df')
  const decoded = decodeRows(source, frame, { needed: () => true, now })
  const request = { source: name, to: targets[to as keyof typeof targets] }
  const report = await writeAll(service, { source, decoded, frame }, { ...request, now })
  return written('', report)
}

/** `POST /write-to-online-store`: rows of one view, online alone. Source columns it does not read may be left out. */
export async function writeToOnlineStore(service: FeatureService, { body, now }: FeastWrite): Promise<Reply> {
  const catalog = service.catalog()
  const view = viewOf(catalog, textAt(body, 'feature_view_name'))
  const source = catalog.sources.find(each => each.name === view.source)
  if (!source) throw new FettleError('INTERNAL', `the catalog lacks source ${view.source}`)
  const read = columnsRead(view, source)
  const frame = columnsAt(body, 'df')
  const decoded = decodeRows(source, frame, { needed: column => read.has(column), now })
  const request = { source: source.name, views: [view.name], to: 'online' as const, now }
  return written('null', await writeAll(service, { source, decoded, frame }, request))
}

interface Rows {
  readonly source: SourceData
  readonly decoded: DecodedRows
  readonly frame: Frame
}

/** All rows or none: what is wrong with any is said, row by row. */
async function writeAll(
  service: FeatureService,
  rows: Rows,
  request: Omit<FeatureWriteRequest, 'rows' | 'atomic'>,
): Promise<FeatureWriteReport> {
  const report = await service
    .write({ ...request, rows: rows.decoded.rows, atomic: true })
    .catch((error: unknown) => {
      throw inFrame(error)
    })
  if (report.rejected === 0) return report
  const found = report.rows.flatMap(({ row, code }) =>
    code === undefined ? [] : [problemOf(rows, row, code)],
  )
  throw problems('BAD_REQUEST', found)
}

/** Keys that cannot be stored are in `df`, not in `entities`. */
function inFrame(error: unknown): unknown {
  if (!(error instanceof FettleError) || error.status >= 500) return error
  if (error.code === 'SOURCE_UNKNOWN' || error.code === 'SOURCE_NOT_WRITABLE') return error
  const { column, row } = error.details
  const place = [column, row].filter(each => typeof each === 'string' || typeof each === 'number')
  return problemAt(error.code, ['body', 'df', ...place], error.message)
}

const reasons: Record<Rejection, string> = {
  TYPE_MISMATCH: 'does not have its type',
  KEY_NULL: 'is null, and a key may not be',
  EVENT_TIME_NULL: 'is null, and the event time may not be',
  EVENT_TOO_FAR_IN_FUTURE: 'is too far in the future',
  KNOWN_TIME_NULL: 'is null, and the known time may not be',
  KNOWN_TOO_FAR_IN_FUTURE: 'is too far in the future',
  CHECK_FAILED: 'fails a check of the source',
  KEY_ERASED: 'is a key that was erased',
}

function problemOf({ source, decoded, frame }: Rows, row: number, code: Rejection): Problem {
  const mismatch = decoded.mismatches.get(row)
  if (code === 'TYPE_MISMATCH' && mismatch) return mismatch
  const column = columnOf(source, decoded, { row, code })
  if (column === null) return { loc: ['body', 'df'], msg: `row ${row} ${reasons[code]}` }
  const sent = Object.hasOwn(frame, column)
    ? column
    : column === source.eventTime
      ? 'event_timestamp'
      : 'created'
  return { loc: ['body', 'df', sent, row], msg: `column "${sent}" of row ${row} ${reasons[code]}` }
}

function columnOf(
  source: SourceData,
  { rows }: DecodedRows,
  { row, code }: { readonly row: number; readonly code: Rejection },
): string | null {
  if (code.startsWith('EVENT')) return source.eventTime
  if (code.startsWith('KNOWN'))
    return source.knownAt.kind === 'column' ? source.knownAt.column : source.eventTime
  if (code !== 'KEY_NULL') return null
  const values = rows[row] ?? []
  return source.columns.find((_, index) => values[index] === null)?.name ?? null
}

function columnsRead(view: OnlineView, source: SourceData): ReadonlySet<string> {
  const features = view.features.flatMap(({ column }) => (column === undefined ? [] : [column]))
  const filters = view.features.flatMap(each =>
    each.kind === 'window' && each.where ? [each.where.column] : [],
  )
  const own = [source.eventTime, source.eventId].flatMap(each => each ?? [])
  return new Set([...view.keys, ...features, ...filters, ...own])
}

function pushSourceOf(catalog: FeatureCatalog, name: string): SourceData {
  const sources = catalog.sources.filter(each => each.from.kind === 'push')
  const source = sources.find(each => each.name === name)
  if (source) return source
  throw unknown('SOURCE_UNKNOWN', name, { what: 'push source', known: sources.map(each => each.name) })
}

/** The live version of a view. Throws FEATURE_VIEW_UNKNOWN. */
export function viewOf(catalog: FeatureCatalog, name: string): OnlineView {
  const view = catalog.views.find(each => each.name === name)
  if (view) return view
  throw unknown('FEATURE_VIEW_UNKNOWN', name, {
    what: 'feature view',
    known: catalog.views.map(each => each.name),
  })
}

function unknown(
  code: 'SOURCE_UNKNOWN' | 'FEATURE_VIEW_UNKNOWN',
  name: string,
  { what, known }: { readonly what: string; readonly known: readonly string[] },
): FettleError {
  const near = nearestFirst(name.slice(0, 80), known).slice(0, 3)
  return new FettleError(code, `there is no ${what} "${name.slice(0, 80)}"`, {
    hint: near.length === 0 ? 'There is none at all.' : `The nearest names are ${near.join(', ')}.`,
  })
}

function written(body: string, report: FeatureWriteReport): Reply {
  const { received, applied, superseded, duplicate, deferred, rejected } = report
  const counts = JSON.stringify({ received, applied, superseded, duplicate, deferred, rejected })
  return { status: 200, body, headers: ['fettle-write-report', counts] }
}
