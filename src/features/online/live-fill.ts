import type { LiveWrite } from './live-events.ts'
import { livePlace } from './live-keys.ts'
import { writeLive } from './live-write.ts'
import type { Change, OnlineStore } from './ports.ts'
import type { Run } from './run.ts'
import type { KeyRows } from './scan-rows.ts'
import type { Tally } from './tally.ts'
import type { PlannedView } from './view-plan.ts'
import { windowVisibleFrom } from './window-epochs.ts'

interface Fill {
  readonly store: OnlineStore
  readonly view: PlannedView
  readonly run: Run
  readonly tally: Tally
}

/** Merges scanned keys into a window view that is written to, as if their rows were written once more. */
export async function fillLive(fill: Fill, chunk: readonly KeyRows[], checkpoint: Change): Promise<void> {
  const { store, view, run, tally } = fill
  const writes = chunk.flatMap(key => writesOf(fill, key)).map((write, row) => ({ ...write, row }))
  const place = livePlace(store, view, { generation: run.generation, now: run.now })
  const outcomes = await writeLive(place, run.now, async () => ({ writes, changes: () => [checkpoint] }))
  tally.counts.keys += chunk.length
  for (const { row, deleted, known } of writes) {
    const outcome = outcomes.get(row)
    if (outcome === 'deferred') tally.counts.deferred += 1
    else if (outcome === 'superseded' || deleted) tally.counts.superseded += 1
    else {
      tally.counts.applied += 1
      tally.sees(known)
    }
  }
}

function writesOf({ view, run, tally }: Fill, { key, rows }: KeyRows): readonly LiveWrite[] {
  const idAt = view.columns.findIndex(column => column.name === view.eventId?.name)
  return rows.flatMap((row): LiveWrite[] => {
    if (row.known === null && !view.latest) {
      tally.counts.neverKnown += 1
      return []
    }
    if (windowVisibleFrom(row, view.latest) > run.deferUntil) {
      tally.counts.tooLate += 1
      return []
    }
    const { event, known, sequence, deleted, cells } = row
    const eventId = cells[idAt] ?? null
    return [{ row: 0, key, event, known, sequence, deleted, eventId, cells, fingerprint: null }]
  })
}
