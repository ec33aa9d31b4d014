import type { SourceData } from '../../definitions/model.ts'
import { parseDuration } from '../../kernel/time.ts'
import { type Field, type Rows, type Value, valueOrder } from '../../kernel/values/index.ts'
import type { OfflineEngine, ScanRequest, ViewScan } from '../offline/ports.ts'

/** Rows of a chunk. */
const chunkRows = 1000

/**
 * Scans rows held in memory as the offline engine scans a source: the same fields, order and conditions, written as
 * plainly as possible. Columns of `rows` are the source's declared ones. For known-answer cases and tests.
 */
export function memoryScan(rows: Rows): Pick<OfflineEngine, 'scanView'> {
  return { scanView: async request => scan(rows, request) }
}

type Row = readonly Value[]

async function scan(rows: Rows, request: ScanRequest): Promise<ViewScan> {
  const view = request.closure.views.find(each => each.name === request.view)
  const source = request.closure.sources.find(each => each.name === view?.source)
  if (view === undefined || source === undefined)
    throw new TypeError(`no view ${request.view} in the closure`)
  const keyNames =
    request.closure.entities.find(each => each.name === view.entity)?.key.map(key => key.name) ?? view.keys
  const at = (column: string | undefined): number => rows.fields.findIndex(field => field.name === column)
  const keys = view.keys.map(at)
  const { event, known } = times(source, at)
  const counts = { null_key: 0, null_event_time: 0 }
  const kept = rows.rows.filter(row => {
    if (keys.some(key => (row[key] ?? null) === null)) counts.null_key += 1
    else if (event(row) === null) counts.null_event_time += 1
    else return true
    return false
  })
  const inRange = kept.filter(row => {
    const [e, k] = [event(row), known(row)]
    if (e === null || (request.eventFrom !== null && e < request.eventFrom)) return false
    return k === null || (k <= request.knownUpTo && (request.knownAfter === null || k > request.knownAfter))
  })
  const sequence = at(source.sequence)
  inRange.sort(
    rowOrder(rows.fields, [
      ...keys.map(key => (row: Row) => row[key] ?? null),
      event,
      known,
      row => row[sequence] ?? null,
    ]),
  )
  const fields = scanFields(
    rows.fields,
    keyNames.map((name, index) => ({ name, at: keys[index] ?? 0 })),
  )
  const placeOf = places(rows.fields, kept, { known, sequence, eventId: at(source.eventId) })
  const cells = (row: Row): Value[] => [
    ...keys.map(key => row[key] ?? null),
    event(row),
    known(row),
    row[sequence] ?? null,
    row[at(source.deleted)] ?? null,
    placeOf.get(row) ?? null,
    ...row,
  ]
  return { fields, chunks: columnar(inRange.map(cells), fields.length), skipped: () => counts }
}

function times(source: SourceData, at: (column: string | undefined) => number) {
  const eventAt = at(source.eventTime ?? undefined)
  const event = (row: Row): bigint | null => (row[eventAt] ?? null) as bigint | null
  const knownAt = source.knownAt
  const known = (row: Row): bigint | null => {
    if (knownAt.kind === 'column') return (row[at(knownAt.column)] ?? null) as bigint | null
    const happened = event(row)
    return happened === null || knownAt.kind !== 'delay' ? happened : happened + parseDuration(knownAt.delay)
  }
  return { event, known }
}

/** Of rows of one event, known time and sequence, each one's place in the order of the whole row. */
function places(
  fields: readonly Field[],
  rows: readonly Row[],
  { known, sequence, eventId }: { known(row: Row): bigint | null; sequence: number; eventId: number },
): ReadonlyMap<Row, bigint> {
  const sorted = [...rows].sort(rowOrder(fields, []))
  const met = new Map<string, bigint>()
  return new Map(
    sorted.map(row => {
      const version = `${known(row)} ${row[sequence]} ${typeof row[eventId]} ${row[eventId]}`
      const place = (met.get(version) ?? 0n) + 1n
      met.set(version, place)
      return [row, place]
    }),
  )
}

function rowOrder(
  fields: readonly Field[],
  first: readonly ((row: Row) => Value)[],
): (left: Row, right: Row) => number {
  const whole = fields.map((field, index) => ({
    order: valueOrder(field.type),
    value: (row: Row): Value => row[index] ?? null,
  }))
  const parts = [...first.map(value => ({ order: anyOrder, value })), ...whole]
  return (left, right) => {
    for (const { order, value } of parts) {
      const difference = order(value(left), value(right))
      if (difference !== 0) return difference
    }
    return 0
  }
}

const textOrder = valueOrder('string')
const plainOrder = valueOrder('int64')
const anyOrder = (left: Value, right: Value): number =>
  (typeof left === 'string' && typeof right === 'string' ? textOrder : plainOrder)(left, right)

function scanFields(
  fields: readonly Field[],
  keys: readonly { readonly name: string; readonly at: number }[],
): readonly Field[] {
  return [
    ...keys.map(({ name, at }): Field => ({ name, type: fields[at]?.type ?? 'string' })),
    { name: '__event', type: 'timestamp' },
    { name: '__known', type: 'timestamp' },
    { name: '__sequence', type: 'int64' },
    { name: '__deleted', type: 'bool' },
    { name: '__place', type: 'int64' },
    ...fields,
  ]
}

async function* columnar(
  rows: readonly (readonly Value[])[],
  width: number,
): AsyncGenerator<readonly (readonly Value[])[]> {
  for (let first = 0; first < rows.length; first += chunkRows) {
    const part = rows.slice(first, first + chunkRows)
    yield Array.from({ length: width }, (_, column) => part.map(row => row[column] ?? null))
  }
}
