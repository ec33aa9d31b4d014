import type { SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value, ValueType } from '../../kernel/values/index.ts'
import type { ViewClosure } from '../model.ts'
import { epochPrefix, keyEncoder, type ViewId } from './keys.ts'
import {
  compareRows,
  forgetPast,
  type LookupCodec,
  type LookupRow,
  lookupCodec,
  mergeRows,
  type Visibility,
  visibleFrom,
} from './lookup-record.ts'
import type { OnlineView } from './model.ts'
import type { Bytes, Change } from './ports.ts'
import { positive } from './predicate.ts'
import type { Run } from './run.ts'
import type { KeyRows, SourceRow } from './scan-rows.ts'
import type { Tally } from './tally.ts'
import { wholeRowOrder } from './whole-row.ts'
import { epochRecords, windowVisibleFrom } from './window-epochs.ts'
import { planWindows, reach, type WindowPlan } from './window-plan.ts'
import type { WindowRow } from './window-row.ts'

/** A view as the store keeps it: what is read of a row, and how rows of a key become records. */
export interface PlannedView {
  readonly id: ViewId
  readonly kind: 'lookup' | 'window'
  readonly definition: string
  readonly source: string
  /** Whose keys these are, for the list of erased keys: the entity, or the view where it has none. */
  readonly owner: string
  /** Fettle accepts the rows of the source itself: runs merge into what was written, and never replace it. */
  readonly live: boolean
  readonly latest: boolean
  readonly keys: readonly { readonly name: string; readonly type: ValueType }[]
  /** Source columns of a row's cells, in order. */
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Column that names the event a row is a version of; null: every row is an event. Of window views only. */
  readonly eventId: { readonly name: string; readonly type: string } | null
  readonly windows: WindowPlan | null
  readonly lookup: { readonly codec: LookupCodec; readonly law: Visibility } | null
  /** A rough size of a row, to bound chunks. */
  readonly rowBytes: number
  /** Encodes a key whose components are not null. */
  encodeKey(components: readonly Value[]): Buffer
  eventFrom(now: Micros): Micros | null
  /** The changes that bring one key up to date; counts what happened to each row. */
  writer(run: Run, key: KeyRows, tally: Tally): readonly Change[]
}

export function planView(closure: ViewClosure, name: string): PlannedView {
  const view = closure.views.find(each => each.name === name)
  const source = closure.sources.find(each => each.name === view?.source)
  if (view === undefined || source === undefined)
    throw new FettleError('FEATURE_VIEW_UNKNOWN', `the closure holds no view ${name} with its source`)
  const entity = closure.entities.find(each => each.name === view.entity)
  return planOnlineView(
    view,
    source,
    entity?.key.map(component => component.name),
  )
}

/** `keyNames`: the entity's component names; left out, the source columns' names are used. */
export function planOnlineView(
  view: OnlineView,
  source: SourceData,
  keyNames: readonly string[] = view.keys,
): PlannedView {
  const id = { name: view.name, version: view.version }
  const typeOf = new Map(source.columns.map(column => [column.name, column.type]))
  const keys = view.keys.map((column, index) => ({
    name: keyNames[index] ?? column,
    type: typeOf.get(column) ?? ('string' as const),
  }))
  const base = {
    id,
    definition: view.semanticHash,
    source: source.name,
    owner: view.entity ?? view.name,
    live: source.from.kind === 'push' || source.sequence === '__ingest_sequence',
    latest: view.knownTime === 'latest',
    keys,
    encodeKey: encoderOf(keys),
  }
  return view.features.some(feature => feature.kind === 'window')
    ? windowView(base, planWindows(view, source), source)
    : lookupView(base, view, source)
}

type Base = Pick<
  PlannedView,
  'id' | 'definition' | 'source' | 'owner' | 'live' | 'latest' | 'keys' | 'encodeKey'
>

function encoderOf(keys: PlannedView['keys']): PlannedView['encodeKey'] {
  const encode = keyEncoder(keys)
  return components => encode(components, Buffer.alloc(0)) ?? Buffer.alloc(0)
}

function windowView(base: Base, windows: WindowPlan, source: SourceData): PlannedView {
  const eventId = source.columns.find(column => column.name === source.eventId) ?? null
  const names = new Set([
    ...windows.columns.map(column => column.name),
    ...windows.predicates.map(predicate => predicate.column),
  ])
  if (eventId) names.add(eventId.name)
  const columns = source.columns.filter(column => names.has(column.name))
  const rowOf = windowRow(windows, columns)
  return {
    ...base,
    kind: 'window',
    columns,
    eventId,
    windows,
    lookup: null,
    rowBytes: 32 + windows.columns.length * 9,
    eventFrom: now => reach(windows, now),
    writer: (run, key, tally) => windowChanges({ id: base.id, windows, rowOf }, { run, key, tally }),
  }
}

interface WindowPlace {
  readonly id: ViewId
  readonly windows: WindowPlan
  /** A source row in the form windows are made of; `ordinal`: its place in the order of §3.2. */
  readonly rowOf: (row: SourceRow, ordinal: number) => WindowRow
}

function windowChanges(
  { id, windows, rowOf }: WindowPlace,
  { run, key, tally }: { run: Run; key: KeyRows; tally: Tally },
): readonly Change[] {
  const rows: WindowRow[] = []
  for (const [ordinal, row] of key.rows.entries()) {
    if (row.deleted || (row.until !== null && (windows.latest || row.until <= run.now)))
      tally.counts.superseded += 1
    else if (row.known === null && !windows.latest) tally.counts.neverKnown += 1
    else {
      const from = windowVisibleFrom(row, windows.latest)
      if (from > run.deferUntil) {
        tally.counts.tooLate += 1
        continue
      }
      if (from > run.now) tally.counts.deferred += 1
      else {
        tally.counts.applied += 1
        tally.sees(row.known)
      }
      rows.push(rowOf(row, ordinal))
    }
  }
  const records = epochRecords(windows, run.epochs, rows)
  if (records.length > 0) tally.counts.keys += 1
  return records.map(({ epoch, bytes }) => {
    tally.counts.bytes += bytes.length
    return { key: Buffer.concat([epochPrefix(id, run.generation, epoch), key.key]), next: () => bytes }
  })
}

const noSequence = -(2n ** 63n)

function windowRow(windows: WindowPlan, columns: PlannedView['columns']): WindowPlace['rowOf'] {
  const place = (name: string): number => columns.findIndex(column => column.name === name)
  const cellsAt = windows.columns.map(column => place(column.name))
  const tests = windows.predicates.map(({ column, holds }) => ({ at: place(column), holds }))
  return (row, ordinal) => ({
    event: row.event,
    known: row.known,
    until: row.until,
    sequence: row.sequence ?? noSequence + BigInt(ordinal),
    cells: cellsAt.map(at => positive(row.cells[at] ?? null)),
    holds: tests.map(({ at, holds }) => holds(row.cells[at] ?? null)),
  })
}

function lookupView(base: Base, view: OnlineView, source: SourceData): PlannedView {
  const typeOf = new Map(source.columns.map(column => [column.name, column.type]))
  const features = view.features.flatMap(feature => (feature.kind === 'lookup' ? [feature] : []))
  const columns = features.map(({ column }) => ({ name: column, type: typeOf.get(column) ?? 'string' }))
  const wholeRow = wholeRowOrder(source, { keys: view.keys, columns })
  const law: Visibility = { at: view.at, knownTime: view.knownTime, ...(wholeRow ? { wholeRow } : {}) }
  const keyOf = recordKeys(base.id)
  const codec = lookupCodec(
    columns.map(column => column.type),
    law,
  )
  return {
    ...base,
    kind: 'lookup',
    columns,
    eventId: null,
    windows: null,
    lookup: { codec, law },
    rowBytes: 48 + columns.length * 9,
    eventFrom: () => null,
    writer: (run, key, tally) => lookupChanges({ keyOf, codec, law }, { run, key, tally }),
  }
}

/** Keys of records: the prefix is made once a generation. */
function recordKeys(id: ViewId): LookupPlace['keyOf'] {
  let made: { readonly generation: number; readonly prefix: Buffer } | undefined
  return (generation, key) => {
    if (made?.generation !== generation) made = { generation, prefix: epochPrefix(id, generation, 0) }
    return Buffer.concat([made.prefix, key], made.prefix.length + key.length)
  }
}

interface LookupPlace {
  readonly keyOf: (generation: number, key: Buffer) => Buffer
  readonly codec: LookupCodec
  readonly law: Visibility
}

function lookupChanges(
  { keyOf, codec, law }: LookupPlace,
  { run, key, tally }: { run: Run; key: KeyRows; tally: Tally },
): readonly Change[] {
  const rows: LookupRow[] = []
  for (const row of key.rows) {
    const from = visibleFrom(row, law)
    if (from === undefined) tally.counts.neverKnown += 1
    else if (from > run.deferUntil) tally.counts.tooLate += 1
    else rows.push(row)
  }
  countLookup(rows, law, { run, tally })
  const incoming = rows.length === 1 ? rows : forgetPast(mergeRows([], rows, law), run.now, law)
  if (incoming.length === 0) return []
  const encoded = codec.encode(incoming)
  tally.counts.bytes += encoded.length
  const merged = (current: Bytes): Bytes =>
    codec.encode(forgetPast(mergeRows(codec.decode(current), incoming, law), run.now, law))
  return [
    {
      key: keyOf(run.generation, key.key),
      next: current => (current ? merged(current) : encoded),
    },
  ]
}

/** One row of the given ones is served, those ahead are deferred, the others are history. */
function countLookup(
  rows: readonly LookupRow[],
  law: Visibility,
  { run, tally }: { run: Run; tally: Tally },
): void {
  let winner: LookupRow | undefined
  let visible = 0
  for (const row of rows) {
    if ((visibleFrom(row, law) ?? run.now) > run.now) continue
    visible += 1
    if (winner === undefined || compareRows(row, winner) >= 0) winner = row
  }
  if (rows.length > 0) tally.counts.keys += 1
  if (winner) tally.sees(winner.known)
  tally.counts.applied += winner ? 1 : 0
  tally.counts.superseded += winner ? visible - 1 : 0
  tally.counts.deferred += rows.length - visible
}
