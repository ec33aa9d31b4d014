import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { slotKey } from './keys.ts'
import {
  decodeTail,
  emptyTail,
  encodeTail,
  type LiveCodec,
  type LiveRow,
  liveCodec,
  type Tail,
} from './live-rows.ts'
import type { Bytes, Change, OnlineStore } from './ports.ts'
import type { PlannedView } from './view-plan.ts'
import { windowVisibleFrom } from './window-epochs.ts'
import { leftEdge, reach, type WindowPlan } from './window-plan.ts'
import { encodeWindow } from './window-record.ts'

/** Where the written rows of a window view stand, and the instant from which on questions are asked. */
export interface LivePlace {
  readonly store: OnlineStore
  readonly planned: PlannedView
  readonly windows: WindowPlan
  readonly codec: LiveCodec
  readonly generation: number
  /** Nobody asks for earlier: what is past by then may be folded. */
  readonly settled: Micros
}

/** Clocks of machines differ by less. */
const skew = 300_000_000n

export function livePlace(
  store: OnlineStore,
  planned: PlannedView,
  { generation, now }: { readonly generation: number; readonly now: Micros },
): LivePlace {
  const { windows } = planned
  if (windows === null) throw new TypeError(`view ${planned.id.name} is no window view`)
  const codec = liveCodec(windows, planned.columns)
  return { store, planned, windows, codec, generation, settled: now - skew }
}

/** Rows a tail may hold before they are folded into runs. */
const tailRows = 64
/**
 * Rows of the first runs, which are written again as they fill. What is more goes to sealed runs behind them, which are
 * not: however many rows a key has, a write makes no more than these anew.
 */
const capacities = [512, 4096] as const
/** A tail counts its runs in a byte; beyond this many the smallest sealed run grows. */
const mostRuns = 200

/** Slots of a key in a generation: the tail, then a record and its rows for each run. */
export const recordSlot = (run: number): number => 1 + run * 2
const rowsSlot = (run: number): number => 2 + run * 2

/** One key as a writer found it, with what it is to become. */
export interface LiveKey {
  readonly key: Buffer
  readonly found: Bytes | undefined
  readonly tail: Tail
  /** Rows of the tail once decoded, and of the runs once read. */
  rows: LiveRow[] | null
  readonly runs: Map<number, LiveRow[]>
  readonly added: LiveRow[]
  readonly touched: Set<number>
}

/** Reads the tails of keys. */
export async function openKeys(place: LivePlace, keys: readonly Buffer[]): Promise<readonly LiveKey[]> {
  const found = await place.store.readMany(keys.map(key => slot(place, key, 0)))
  return keys.map((key, index): LiveKey => {
    const bytes = found[index]
    return {
      key,
      found: bytes,
      tail: bytes ? decodeTail(bytes) : emptyTail,
      rows: null,
      runs: new Map(),
      added: [],
      touched: new Set(),
    }
  })
}

function slot({ planned, generation }: LivePlace, key: Buffer, number: number): Buffer {
  return slotKey(planned.id, { generation, slot: number, key })
}

/** Reads the rows of some of a key's runs, and decodes its tail. */
async function loadRuns(place: LivePlace, live: LiveKey, runs: readonly number[]): Promise<void> {
  live.rows ??= place.codec.decode(live.tail.rows)
  const missing = runs.filter(run => (live.tail.runs[run] ?? 0) > 0 && !live.runs.has(run))
  if (missing.length === 0) return
  const found = await place.store.readMany(missing.map(run => slot(place, live.key, rowsSlot(run))))
  missing.forEach((run, index) => {
    const bytes = found[index]
    live.runs.set(run, bytes ? place.codec.decode(bytes) : [])
  })
}

export const loadKey = (place: LivePlace, live: LiveKey): Promise<void> =>
  loadRuns(place, live, [...live.tail.runs.keys()])

/** Every row of a loaded key. */
export function allRows(live: LiveKey): readonly LiveRow[] {
  return [...(live.rows ?? []), ...[...live.runs.values()].flat(), ...live.added]
}

/** Puts a row in the place of the one with its sequence, in a loaded key. */
export function replaceRow(live: LiveKey, row: LiveRow): void {
  const swap = (rows: LiveRow[]): boolean => {
    const at = rows.findIndex(each => each.sequence === row.sequence)
    if (at !== -1) rows[at] = row
    return at !== -1
  }
  if (swap(live.added) || swap(live.rows ?? [])) return
  for (const [run, rows] of live.runs) if (swap(rows)) live.touched.add(run)
}

/**
 * The changes that write a key. Few new rows are appended to the tail. A full tail is folded into the first run that takes
 * it and all runs before, or all of them into a sealed run: a row is written again a bounded number of times. A run with
 * a replaced row is made anew. Every change asks whether the tail is still the one that was read, and throws `stale` if not.
 */
export async function keyChanges(
  place: LivePlace,
  live: LiveKey,
  stale: FettleError,
): Promise<readonly Change[]> {
  const { codec } = place
  const newest = live.added.reduce(
    (most, { sequence }) => (sequence !== null && sequence > most ? sequence : most),
    live.tail.newest,
  )
  const common = { revision: live.tail.revision + 1, newest }
  const count = (live.rows?.length ?? live.tail.count) + live.added.length
  const write = writerOf(place, live, stale)
  const touched = [...live.touched]
  if (count <= tailRows) {
    const old = live.rows ? codec.encode(live.rows) : live.tail.rows
    const rows = live.added.length === 0 ? old : Buffer.concat([old, codec.encode(live.added)])
    const remade = touched.map(run => makeRun(place, live.runs.get(run) ?? []))
    const runs = live.tail.runs.map((size, run) => remade[touched.indexOf(run)]?.size ?? size)
    return [
      write(encodeTail({ ...common, runs, count, rows })),
      ...touched.flatMap((run, index) => runChanges(place, live.key, { run, made: remade[index] })),
    ]
  }
  const { target, runs: folded } = await foldOf(place, live, count)
  const rows = folded.flatMap(run => live.runs.get(run) ?? [])
  const made = new Map<number, Run | undefined>(folded.map(run => [run, undefined]))
  for (const run of touched) if (!made.has(run)) made.set(run, makeRun(place, live.runs.get(run) ?? []))
  made.set(target, makeRun(place, [...(live.rows ?? []), ...live.added, ...rows]))
  const sizes = Array.from({ length: Math.max(target + 1, live.tail.runs.length) }, (_, run) =>
    made.has(run) ? (made.get(run)?.size ?? 0) : (live.tail.runs[run] ?? 0),
  )
  return [
    write(encodeTail({ ...common, runs: sizes, count: 0, rows: new Uint8Array(0) })),
    ...[...made].flatMap(([run, content]) => runChanges(place, live.key, { run, made: content })),
  ]
}

/** Where a full tail goes, and the runs, now loaded, that go there with it. */
interface Fold {
  readonly target: number
  readonly runs: readonly number[]
}

async function foldOf(place: LivePlace, live: LiveKey, count: number): Promise<Fold> {
  const sizeOf = (run: number): number => live.tail.runs[run] ?? 0
  const runs: number[] = []
  let total = count
  for (const [run, capacity] of capacities.entries()) {
    runs.push(run)
    total += sizeOf(run)
    if (total > capacity) continue
    await loadRuns(place, live, runs)
    return { target: run, runs }
  }
  const sealed = [...live.tail.runs.keys()].slice(capacities.length)
  const filled = sealed.filter(run => sizeOf(run) > 0)
  const target = sealed.find(run => sizeOf(run) === 0) ?? Math.max(live.tail.runs.length, capacities.length)
  // Nobody else looks at what a sealed run holds: each time one of them, in turn, shows whether most of it is past.
  const looked = filled[live.tail.revision % Math.max(filled.length, 1)]
  await loadRuns(place, live, looked === undefined ? runs : [...runs, looked])
  if (target >= mostRuns) {
    const smallest = filled.reduce((least, run) => (sizeOf(run) < sizeOf(least) ? run : least))
    await loadRuns(place, live, [smallest])
    return { target: smallest, runs: [...runs, smallest] }
  }
  if (looked === undefined) return { target, runs }
  const kept = stillNeeded(place, live.runs.get(looked) ?? []).length
  return { target, runs: kept > sizeOf(looked) / 2 ? runs : [...runs, looked] }
}

function writerOf(place: LivePlace, live: LiveKey, stale: FettleError): (bytes: Bytes) => Change {
  return bytes => ({
    key: slot(place, live.key, 0),
    next: current => {
      if (!sameBytes(current, live.found)) throw stale
      return bytes
    },
  })
}

export function sameBytes(left: Bytes | undefined, right: Bytes | undefined): boolean {
  if (left === undefined || right === undefined) return left === right
  return Buffer.compare(left, right) === 0
}

interface Run {
  readonly size: number
  readonly rows: Bytes | null
  readonly record: Bytes | null
}

/** A run of the rows that can still matter; what can be seen at every question to come is in its tiles. */
function makeRun({ windows, codec, settled }: LivePlace, rows: readonly LiveRow[]): Run {
  const kept = stillNeeded({ windows, settled }, rows)
  const content = codec.windowRows(kept)
  const isTiled = (row: (typeof content)[number]): boolean =>
    row.until === null && windowVisibleFrom(row, windows.latest) <= settled
  const record = encodeWindow(windows, {
    tiled: content.filter(isTiled),
    kept: content.filter(row => !isTiled(row)),
    from: windows.groups.map(group => leftEdge(group, settled)),
  })
  return {
    size: kept.length,
    rows: kept.length === 0 ? null : codec.encode(kept),
    record: record ?? null,
  }
}

/** Rows that a question to come can see. */
function stillNeeded(
  { windows, settled }: Pick<LivePlace, 'windows' | 'settled'>,
  rows: readonly LiveRow[],
): readonly LiveRow[] {
  const oldest = reach(windows, settled)
  return rows.filter(
    row => (oldest === null || row.event >= oldest) && (row.until === null || row.until > settled),
  )
}

function runChanges(
  place: LivePlace,
  key: Buffer,
  { run, made }: { readonly run: number; readonly made: Run | undefined },
): readonly Change[] {
  return [
    { key: slot(place, key, recordSlot(run)), next: () => made?.record ?? null },
    { key: slot(place, key, rowsSlot(run)), next: () => made?.rows ?? null },
  ]
}

/** Removes a key as it was found; false if somebody wrote to it meanwhile. */
export async function removal(place: LivePlace, live: LiveKey): Promise<boolean> {
  const stale = new FettleError('STORE_UNAVAILABLE', 'the key was written to')
  const slots = live.tail.runs.flatMap((_, run) => [recordSlot(run), rowsSlot(run)])
  try {
    await place.store.update([
      {
        key: slot(place, live.key, 0),
        next: current => {
          if (!sameBytes(current, live.found)) throw stale
          return null
        },
      },
      ...slots.map(number => ({ key: slot(place, live.key, number), next: () => null })),
    ])
    return true
  } catch (error) {
    if (error === stale) return false
    throw error
  }
}
