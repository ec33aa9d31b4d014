import { setTimeout } from 'node:timers/promises'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { type EventChains, type LiveWrite, openEvents, type RowEdit, sameCells } from './live-events.ts'
import {
  allRows,
  keyChanges,
  type LiveKey,
  type LivePlace,
  loadKey,
  openKeys,
  replaceRow,
} from './live-keys.ts'
import type { Change } from './ports.ts'
import type { PushOutcome } from './push-rows.ts'

/** What a writer brings to each attempt: its rows, and what is written together with them. */
export interface LiveAttempt {
  readonly writes: readonly LiveWrite[]
  /** Changes of the same update; they throw `stale` when another writer came first. */
  changes(stale: FettleError): readonly Change[]
}

const mostAttempts = 100

/**
 * Writes rows of a window view in one update: rows of events take their place among the versions of the event, whatever
 * key those stand in; other rows are added. Rows that are there already change nothing. Several writers may be at work:
 * the one that comes second reads again. Throws STORE_UNAVAILABLE when it never comes first.
 */
export async function writeLive(
  place: LivePlace,
  now: Micros,
  attempt: () => Promise<LiveAttempt>,
): Promise<ReadonlyMap<number, PushOutcome>> {
  const stale = new FettleError(
    'STORE_UNAVAILABLE',
    `view ${place.planned.id.name} is being written by others`,
  )
  for (let tries = 1; ; tries++) {
    try {
      return await tryWrite(place, now, { ...(await attempt()), stale })
    } catch (error) {
      if (error !== stale || tries === mostAttempts) throw error
      await setTimeout(Math.random() * Math.min(tries, 20))
    }
  }
}

async function tryWrite(
  place: LivePlace,
  now: Micros,
  { writes, changes, stale }: LiveAttempt & { readonly stale: FettleError },
): Promise<ReadonlyMap<number, PushOutcome>> {
  const outcomes = new Map<number, PushOutcome>()
  const events = await openEvents(place, writes)
  const edits: RowEdit[] = []
  for (const write of writes) {
    const { row, key, event, known, sequence, cells } = write
    if (write.eventId !== null) {
      const inserted = events.insert(write)
      edits.push(...inserted.edits)
      if (inserted.duplicate) outcomes.set(row, 'duplicate')
    } else if (!write.deleted) {
      edits.push({ kind: 'restore', key, row: { event, known, sequence, cells, until: null } })
    }
  }
  for (const write of writes)
    if (!outcomes.has(write.row)) outcomes.set(write.row, outcomeOf(write, events, now))
  const keys = await editKeys(place, edits)
  const written = await Promise.all([...keys.values()].map(live => keyChanges(place, live, stale)))
  await place.store.update([...written.flat(), ...events.changes(stale), ...changes(stale)])
  return outcomes
}

/** What a row comes to after the whole request: an event counts by its current version alone. */
function outcomeOf(write: LiveWrite, events: EventChains, now: Micros): PushOutcome {
  const { event, known, eventId } = write
  const seen = known !== null && known > now ? known : now
  if (eventId !== null && !events.isCurrent(write, seen)) return 'superseded'
  return event > now || seen > now ? 'deferred' : 'applied'
}

async function editKeys(place: LivePlace, edits: readonly RowEdit[]): Promise<ReadonlyMap<string, LiveKey>> {
  const byText = new Map(edits.map(({ key }) => [key.toString('latin1'), key]))
  const opened = await openKeys(place, [...byText.values()])
  const keys = new Map(
    [...byText.keys()].flatMap((text, index) => {
      const live = opened[index]
      return live ? [[text, live] as const] : []
    }),
  )
  const known = new Map<LiveKey, (edit: RowEdit) => boolean>()
  for (const edit of edits) {
    const live = keys.get(edit.key.toString('latin1'))
    if (live === undefined) continue
    if (edit.kind === 'replace') {
      await loadKey(place, live)
      replaceRow(live, edit.row)
    } else if (edit.kind === 'add' || !mayBeThere(live, edit)) live.added.push(edit.row)
    else {
      await loadKey(place, live)
      const isThere = known.get(live) ?? presence(place, live)
      known.set(live, isThere)
      if (!isThere(edit)) live.added.push(edit.row)
    }
  }
  return keys
}

/** Could the row have been written before? A sequence above all that the key has seen was not. */
function mayBeThere(live: LiveKey, { row }: RowEdit): boolean {
  return row.sequence === null ? live.found !== undefined : row.sequence <= live.tail.newest
}

/** Tells for each row, in turn, whether the key holds it; of equal rows without sequence as many as it holds. */
function presence(place: LivePlace, live: LiveKey): (edit: RowEdit) => boolean {
  const stored = [...allRows(live)]
  return ({ row }) => {
    const at = stored.findIndex(each =>
      row.sequence === null
        ? each.sequence === null &&
          each.event === row.event &&
          each.known === row.known &&
          sameCells(place, each, row)
        : each.sequence === row.sequence,
    )
    if (at !== -1) stored.splice(at, 1)
    return at !== -1
  }
}
