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
import type { Run } from './run.ts'
import type { KeyRows } from './scan-rows.ts'
import type { Tally } from './tally.ts'
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
    : lookupView(base, view, typeOf)
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
  return {
    ...base,
    kind: 'window',
    columns: source.columns.filter(column => names.has(column.name)),
    eventId,
    windows,
    lookup: null,
    rowBytes: 32 + windows.columns.length * 9,
    eventFrom: now => reach(windows, now),
    writer: (run, key, tally) => windowChanges(base.id, windows, { run, key, tally }),
  }
}

function windowChanges(
  id: ViewId,
  windows: WindowPlan,
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
      rows.push(windowRow(windows, row, ordinal))
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

/** A source row in the form windows are made of; `ordinal`: its place in the order of §3.2. */
function windowRow(windows: WindowPlan, row: KeyRows['rows'][number], ordinal: number): WindowRow {
  return {
    event: row.event,
    known: row.known,
    until: row.until,
    sequence: row.sequence ?? noSequence + BigInt(ordinal),
    cells: windows.columns.map(column =>
      row.values[column.name] === 0 ? 0 : (row.values[column.name] ?? null),
    ),
    holds: windows.predicates.map(predicate => predicate.holds(row.values[predicate.column] ?? null)),
  }
}

function lookupView(base: Base, view: OnlineView, typeOf: ReadonlyMap<string, string>): PlannedView {
  const features = view.features.flatMap(feature => (feature.kind === 'lookup' ? [feature] : []))
  const columns = features.map(({ column }) => ({ name: column, type: typeOf.get(column) ?? 'string' }))
  const law: Visibility = { at: view.at, knownTime: view.knownTime }
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
    writer: (run, key, tally) => lookupChanges({ id: base.id, codec, law, columns }, { run, key, tally }),
  }
}

interface LookupPlace {
  readonly id: ViewId
  readonly codec: LookupCodec
  readonly law: Visibility
  readonly columns: PlannedView['columns']
}

function lookupChanges(
  { id, codec, law, columns }: LookupPlace,
  { run, key, tally }: { run: Run; key: KeyRows; tally: Tally },
): readonly Change[] {
  const rows: LookupRow[] = []
  for (const row of key.rows) {
    const from = visibleFrom(row, law)
    if (from === undefined) tally.counts.neverKnown += 1
    else if (from > run.deferUntil) tally.counts.tooLate += 1
    else rows.push({ ...row, cells: columns.map(column => row.values[column.name] ?? null) })
  }
  countLookup(rows, law, { run, tally })
  const incoming = forgetPast(mergeRows([], rows, law), run.now, law)
  if (incoming.length === 0) return []
  const encoded = codec.encode(incoming)
  tally.counts.bytes += encoded.length
  const merged = (current: Bytes): Bytes =>
    codec.encode(forgetPast(mergeRows(codec.decode(current), incoming, law), run.now, law))
  return [
    {
      key: Buffer.concat([epochPrefix(id, run.generation, 0), key.key]),
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
