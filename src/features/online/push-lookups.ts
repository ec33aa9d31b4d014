import type { Micros } from '../../kernel/time.ts'
import { cellBytes } from '../../kernel/values/index.ts'
import { encodeHead } from './head.ts'
import { epochPrefix, headKey } from './keys.ts'
import {
  compareRows,
  forgetPast,
  type LookupCodec,
  type LookupRow,
  mergeRows,
  type Visibility,
  visibleFrom,
} from './lookup-record.ts'
import type { Bytes, Change } from './ports.ts'
import type { AcceptedRow, PushOutcome } from './push-rows.ts'
import { type PushTarget, pushedHead, sequencesOf, type WrittenRows } from './push-target.ts'
import type { PlannedView } from './view-plan.ts'

/** Rows of one request, with its instant. */
export interface LookupBatch extends WrittenRows {
  readonly now: Micros
}

interface Lookups {
  readonly planned: PlannedView
  readonly codec: LookupCodec
  readonly law: Visibility
  /** Known times are the caller's. */
  readonly declared: boolean
  /** Of the view's columns in a row's values. */
  readonly columns: readonly number[]
}

/**
 * Writes rows of an as-of view, all in one update, as if one batch came after the other; says what became of each
 * batch's rows. Writers need not know of each other. Several batches must have sequences.
 */
export async function pushLookupRows(
  target: PushTarget,
  batches: readonly LookupBatch[],
): Promise<readonly ReadonlyMap<number, PushOutcome>[]> {
  const { store, planned } = target
  const lookups = lookupsOf(target)
  const head = await pushedHead(target)
  const prefix = epochPrefix(planned.id, head.generation, 0)
  const numbers: Change[] = []
  const byKey = new Map<string, Change>()
  const outcomes = batches.map(batch => {
    const found = new Map<number, PushOutcome>()
    const sequences = sequencesOf(planned, batch)
    numbers.push(...sequences.changes)
    for (const [text, rows] of rowsByKey(batch.rows)) {
      const next = keyWriter(lookups, rows, { now: batch.now, sequenceOf: sequences.of, outcomes: found })
      const before = byKey.get(text)
      byKey.set(text, {
        key: before?.key ?? Buffer.concat([prefix, rows[0]?.key ?? prefix]),
        next: before ? afterwards(before.next, next) : next,
      })
    }
    return found
  })
  const headChange = { key: headKey(planned.id), next: (now?: Bytes) => encodeHead(head.next(now)) }
  await store.update([...numbers, ...byKey.values(), headChange])
  return outcomes
}

function lookupsOf({ planned, source }: PushTarget): Lookups {
  if (planned.lookup === null) throw new TypeError(`view ${planned.id.name} is no as-of view`)
  return {
    planned,
    ...planned.lookup,
    declared: source.knownAt.kind === 'column',
    columns: planned.columns.map(column => source.columns.findIndex(each => each.name === column.name)),
  }
}

function rowsByKey(rows: readonly AcceptedRow[]): ReadonlyMap<string, readonly AcceptedRow[]> {
  const byKey = new Map<string, AcceptedRow[]>()
  for (const row of rows) {
    const text = row.key.toString('latin1')
    const same = byKey.get(text)
    if (same) same.push(row)
    else byKey.set(text, [row])
  }
  return byKey
}

/** Two writes of one key as one: the second finds what the first left. */
function afterwards(first: Change['next'], second: Change['next']): Change['next'] {
  return current => {
    const left = first(current)
    const next = second(left === undefined ? current : (left ?? undefined))
    return next === undefined ? left : next
  }
}

interface Write {
  readonly now: Micros
  sequenceOf(row: number): bigint
  readonly outcomes: Map<number, PushOutcome>
}

/** Writes the rows of one key one after the other, then sees which of them is served. */
function keyWriter(
  { planned, codec, law, declared, columns }: Lookups,
  rows: readonly AcceptedRow[],
  { now, sequenceOf, outcomes }: Write,
): Change['next'] {
  const visible = (row: LookupRow): boolean => (visibleFrom(row, law) ?? now + 1n) <= now
  const storedRow = ({ row, event, known, deleted, values }: AcceptedRow): LookupRow => ({
    event,
    known,
    deleted,
    sequence: sequenceOf(row),
    cells: columns.map(column => values[column] ?? null),
  })
  return current => {
    const stored = current ? codec.decode(current) : []
    const incoming: LookupRow[] = []
    const places: number[] = []
    for (const row of rows) {
      const candidate = storedRow(row)
      const rival = greatestAt(candidate, stored, incoming)
      if (rival && equalRows(rival, candidate, { planned, declared })) outcomes.set(row.row, 'duplicate')
      else {
        incoming.push(candidate)
        places.push(row.row)
      }
    }
    if (incoming.length === 0) return undefined
    const chain = forgetPast(mergeRows(stored, incoming, law), now, law)
    const served = chain.find(visible)
    for (const [index, row] of incoming.entries())
      outcomes.set(places[index] ?? 0, !visible(row) ? 'deferred' : row === served ? 'applied' : 'superseded')
    return codec.encode(chain)
  }
}

/** The winner among the rows of the candidate's event time. */
function greatestAt(
  { event }: LookupRow,
  ...lists: readonly (readonly LookupRow[])[]
): LookupRow | undefined {
  let best: LookupRow | undefined
  for (const rows of lists)
    for (const row of rows)
      if (row.event === event && (best === undefined || compareRows(row, best) >= 0)) best = row
  return best
}

function equalRows(
  left: LookupRow,
  right: LookupRow,
  { planned, declared }: { readonly planned: PlannedView; readonly declared: boolean },
): boolean {
  if (left.deleted !== right.deleted || (declared && left.known !== right.known)) return false
  return planned.columns.every(({ type }, index) =>
    cellBytes(type, left.cells[index] ?? null).equals(cellBytes(type, right.cells[index] ?? null)),
  )
}
