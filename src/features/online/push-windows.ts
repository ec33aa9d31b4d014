import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { cellBytes, type Value } from '../../kernel/values/index.ts'
import { encodeHead } from './head.ts'
import { epochPrefix, eventKey, headKey, rowsKey } from './keys.ts'
import { compareRows, type LookupCodec, type LookupRow, lookupCodec } from './lookup-record.ts'
import type { Change } from './ports.ts'
import type { AcceptedRow } from './push-rows.ts'
import { type PushTarget, sequenceChange } from './push-target.ts'
import { windowRow } from './view-plan.ts'
import { reach, type WindowPlan } from './window-plan.ts'
import { encodeWindow } from './window-record.ts'

/** A written event: its cells are `until` (known time of the version in its place, or null), then the source's columns. */
type WrittenRow = LookupRow

interface Draft {
  readonly key: Buffer
  rows: WrittenRow[]
}

/**
 * Writes events of a window view. Written rows are kept beside the record, which is made anew from those that can still
 * matter: so a late, corrected or retracted event changes exactly what it should. Writers take turns.
 */
export async function pushWindowRows(target: PushTarget, accepted: readonly AcceptedRow[]): Promise<void> {
  const { store, planned } = target
  const lock = await store.lock(`push ${planned.id.name}@v${planned.id.version}`)
  if ('heldBy' in lock)
    throw new FettleError('ALREADY_RUNNING', `view ${planned.id.name} is being written by ${lock.heldBy}`)
  try {
    await writeEvents(target, accepted)
  } finally {
    await lock.release()
  }
}

async function writeEvents(target: PushTarget, accepted: readonly AcceptedRow[]): Promise<void> {
  const { store, planned, source, head } = target
  const windows = planned.windows
  if (windows === null) throw new TypeError(`view ${planned.id.name} is no window view`)
  const codec = lookupCodec(['timestamp', ...source.columns.map(column => column.type)], {
    at: 'at',
    knownTime: 'latest',
  })
  const drafts = await openDrafts(target, codec, accepted)
  const sequence = sequenceChange(planned, accepted.length)
  await store.update([sequence.change])
  for (const row of accepted)
    writeEvent(target, drafts, { row, sequence: sequence.base() + BigInt(row.row) + 1n })
  await store.update([
    ...[...drafts.keys.values()].flatMap(draft => draftChanges(target, { codec, windows, draft })),
    ...[...drafts.events].map(([id, row]) => ({
      key: eventKey(planned.id, Buffer.from(id, 'latin1')),
      next: () => codec.encode([row]),
    })),
    { key: headKey(planned.id), next: () => encodeHead(head) },
  ])
}

interface Drafts {
  readonly keys: Map<string, Draft>
  /** Current version by event id. */
  readonly events: Map<string, WrittenRow>
  keyOf(row: WrittenRow): string
}

/** Reads the rows of every key that may change: those written to, and those the former versions of the events stand in. */
async function openDrafts(
  { store, planned, source }: PushTarget,
  codec: LookupCodec,
  accepted: readonly AcceptedRow[],
): Promise<Drafts> {
  const ids = [
    ...new Set(accepted.flatMap(row => (row.eventId === null ? [] : [idText(source, row.eventId)]))),
  ]
  const found = await store.readMany(ids.map(id => eventKey(planned.id, Buffer.from(id, 'latin1'))))
  const events = new Map<string, WrittenRow>()
  found.forEach((bytes, index) => {
    const row = bytes && codec.decode(bytes)[0]
    if (row) events.set(ids[index] ?? '', row)
  })
  const keyAt = planned.keys.map(key => source.columns.findIndex(column => column.name === key.name) + 1)
  const keyOf = (row: WrittenRow): string =>
    JSON.stringify(
      keyAt.map(at =>
        cellBytes(source.columns[at - 1]?.type ?? 'string', row.cells[at] ?? null).toString('hex'),
      ),
    )
  const keys = new Map<string, Draft>()
  const encoded = new Map(accepted.map(row => [keyOf(written(row, 0n)), row.key]))
  for (const row of events.values())
    encoded.set(keyOf(row), planned.encodeKey(keyAt.map(at => row.cells[at] ?? null)))
  const stored = await store.readMany([...encoded.values()].map(key => rowsKey(planned.id, key)))
  ;[...encoded].forEach(([text, key], index) => {
    const bytes = stored[index]
    keys.set(text, { key, rows: bytes ? [...codec.decode(bytes)] : [] })
  })
  return { keys, events, keyOf }
}

function idText(source: PushTarget['source'], id: Value): string {
  return cellBytes(
    source.columns.find(column => column.name === source.eventId)?.type ?? 'string',
    id,
  ).toString('latin1')
}

function written(row: AcceptedRow, sequence: bigint): WrittenRow {
  return { event: row.event, known: row.known, sequence, deleted: row.deleted, cells: [null, ...row.values] }
}

/** One event after the other: a retry is a duplicate, a newer version takes the place of the former one. */
function writeEvent(
  { source, now, outcomes }: PushTarget,
  drafts: Drafts,
  { row, sequence }: { readonly row: AcceptedRow; readonly sequence: bigint },
): void {
  const fresh = written(row, sequence)
  const id = row.eventId === null ? undefined : idText(source, row.eventId)
  const current = id === undefined ? undefined : drafts.events.get(id)
  const outcome = row.event > now || row.known > now ? 'deferred' : 'applied'
  if (current && equalEvents(source, current, fresh)) {
    outcomes.set(row.row, 'duplicate')
    return
  }
  if (current && (current.known ?? 0n) > row.known) {
    if ((current.known ?? 0n) > now) addRow(drafts, withUntil(fresh, current.known))
    outcomes.set(row.row, 'superseded')
    return
  }
  if (current) replaceRow(drafts, current, withUntil(current, row.known))
  if (id !== undefined) drafts.events.set(id, fresh)
  if (!fresh.deleted) addRow(drafts, fresh)
  outcomes.set(row.row, outcome)
}

function equalEvents(source: PushTarget['source'], left: WrittenRow, right: WrittenRow): boolean {
  return source.columns.every(({ type }, index) =>
    cellBytes(type, left.cells[index + 1] ?? null).equals(cellBytes(type, right.cells[index + 1] ?? null)),
  )
}

function withUntil(row: WrittenRow, until: Micros | null): WrittenRow {
  return { ...row, cells: [until, ...row.cells.slice(1)] }
}

function addRow(drafts: Drafts, row: WrittenRow): void {
  drafts.keys.get(drafts.keyOf(row))?.rows.push(row)
}

function replaceRow(drafts: Drafts, old: WrittenRow, row: WrittenRow): void {
  const draft = drafts.keys.get(drafts.keyOf(old))
  if (draft) draft.rows = draft.rows.map(each => (each.sequence === old.sequence ? row : each))
}

function draftChanges(
  { planned, source, head, now }: PushTarget,
  { codec, windows, draft }: { codec: LookupCodec; windows: WindowPlan; draft: Draft },
): readonly Change[] {
  const oldest = reach(windows, now)
  const kept = draft.rows
    .filter(
      row =>
        (oldest === null || row.event >= oldest) && (row.cells[0] === null || (row.cells[0] as Micros) > now),
    )
    .sort(compareRows)
  const rows = kept.map(row => {
    const values = Object.fromEntries(
      source.columns.map((column, index) => [column.name, row.cells[index + 1] ?? null]),
    )
    return windowRow(windows, { ...row, until: (row.cells[0] ?? null) as Micros | null, values })
  })
  const record = encodeWindow(windows, { tiled: [], kept: rows, from: windows.groups.map(() => null) })
  return [
    { key: rowsKey(planned.id, draft.key), next: () => codec.encode(kept) },
    {
      key: Buffer.concat([epochPrefix(planned.id, head.generation, 0), draft.key]),
      next: () => record ?? null,
    },
  ]
}
