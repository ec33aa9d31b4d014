import { blockPoints, type KeyedPoint } from '../../series/block.ts'
import { chunkPoints } from '../../series/chunk.ts'
import { pointIdentity, type SeriesPoint } from '../../series/order.ts'
import type { CheckedBatch } from '../limits.ts'
import type { FactKind, KeyIds, Pair, StoredPoint, StoredRun, TrackingStore } from '../ports.ts'
import { type RunState, type SeriesState, seriesState } from './run-state.ts'

/** A run of the group, and all that the group wants to add to it. */
export interface LoadedRun {
  readonly run: StoredRun
  readonly state: RunState
  readonly batches: readonly CheckedBatch[]
}

/** Fills in what the states do not know of the keys of the batches: one query per table for all runs. */
export async function loadStates(store: TrackingStore, runs: readonly LoadedRun[]): Promise<void> {
  const wanted = { params: missing(runs, 'params'), tags: missing(runs, 'tags'), series: missingSeries(runs) }
  const names = new Set([...wanted.params, ...wanted.tags, ...wanted.series].map(({ name }) => name))
  if (names.size > 0) {
    const ids = await store.keyIds(names)
    await loadFacts(store, 'params', wanted.params, ids)
    await loadFacts(store, 'tags', wanted.tags, ids)
    await loadSeries(store, wanted.series, ids)
  }
  await loadDuplicates(store, runs)
}

interface Wanted {
  readonly loaded: LoadedRun
  readonly name: string
}

function missing(runs: readonly LoadedRun[], kind: FactKind): Wanted[] {
  const wanted: Wanted[] = []
  for (const loaded of runs)
    for (const batch of loaded.batches)
      for (const name of batch[kind].keys()) {
        if (loaded.state[kind].has(name)) continue
        loaded.state[kind].set(name, null)
        wanted.push({ loaded, name })
      }
  return wanted
}

function missingSeries(runs: readonly LoadedRun[]): Wanted[] {
  const wanted: Wanted[] = []
  for (const loaded of runs)
    for (const { metrics } of loaded.batches)
      for (const { key } of metrics) {
        if (loaded.state.series.has(key)) continue
        loaded.state.series.set(key, null)
        wanted.push({ loaded, name: key })
      }
  return wanted
}

/** Pairs of those whose key has a number: without one, nothing is stored under it. */
function pairsOf(
  wanted: readonly Wanted[],
  ids: KeyIds,
): { pairs: Pair[]; find(pair: Pair): Wanted | undefined } {
  const byPair = new Map<string, Wanted>()
  const pairs: Pair[] = []
  for (const each of wanted) {
    const key = ids.get(each.name)
    if (key === undefined) continue
    pairs.push([each.loaded.run.ref, key])
    byPair.set(`${each.loaded.run.ref}/${key}`, each)
  }
  return { pairs, find: ([run, key]) => byPair.get(`${run}/${key}`) }
}

async function loadFacts(
  store: TrackingStore,
  kind: FactKind,
  wanted: readonly Wanted[],
  ids: KeyIds,
): Promise<void> {
  const { pairs, find } = pairsOf(wanted, ids)
  for (const { run, key, value } of await store.facts.find(kind, pairs)) {
    const found = find([run, key])
    found?.loaded.state[kind].set(found.name, value)
  }
}

async function loadSeries(store: TrackingStore, wanted: readonly Wanted[], ids: KeyIds): Promise<void> {
  const { pairs, find } = pairsOf(wanted, ids)
  for (const stored of await store.series.find(pairs)) {
    const found = find([stored.run, stored.key])
    found?.loaded.state.series.set(found.name, seriesState(stored))
  }
}

/** Points that may be stored already: those beyond the greatest step or time of their series cannot. */
interface Doubtful {
  readonly loaded: LoadedRun
  readonly state: SeriesState
  readonly points: SeriesPoint[]
}

export function isBeyond({ step, at }: SeriesPoint, { facts }: SeriesState): boolean {
  return at > facts.maxAt || step > facts.maxStep
}

function doubtful(runs: readonly LoadedRun[]): ReadonlyMap<string, Doubtful> {
  const found = new Map<string, Doubtful>()
  for (const loaded of runs)
    for (const { metrics } of loaded.batches)
      for (const point of metrics) {
        const state = loaded.state.series.get(point.key)
        if (state == null || isBeyond(point, state)) continue
        const place = `${loaded.run.ref}/${point.key}`
        const known = found.get(place)
        if (known !== undefined) known.points.push(point)
        else found.set(place, { loaded, state, points: [point] })
      }
  return found
}

async function loadDuplicates(store: TrackingStore, runs: readonly LoadedRun[]): Promise<void> {
  const asked = doubtful(runs)
  if (asked.size === 0) return
  const ids = await store.keyIds([...asked.keys()].map(place => place.slice(place.indexOf('/') + 1)))
  const stored = new Map<string, Set<string>>()
  const inTail: StoredPoint[] = []
  for (const [place, { loaded, state, points }] of asked) {
    const key = ids.get(place.slice(place.indexOf('/') + 1))
    if (key === undefined) continue
    const run = loaded.run.ref
    const identities = new Set<string>()
    stored.set(`${run}/${key}`, identities)
    state.stored = identities
    if (state.tail > 0) for (const { step, at, value } of points) inTail.push({ run, key, step, at, value })
    if (state.chunks > 0)
      for (const each of await storedInChunks(store, [run, key], points)) identities.add(each)
  }
  const add = (run: number, { key, ...point }: KeyedPoint) =>
    stored.get(`${run}/${key}`)?.add(pointIdentity(point))
  for (const { run, ...point } of await store.series.findInTail(inTail)) add(run, point)
  for (const [run, keys] of keysByRun(inTail))
    for (const body of await store.series.blocks(run))
      for (const point of blockPoints(body, key => keys.has(key))) add(run, point)
}

function keysByRun(points: readonly StoredPoint[]): ReadonlyMap<number, ReadonlySet<number>> {
  const keys = new Map<number, Set<number>>()
  for (const { run, key } of points) {
    const known = keys.get(run)
    if (known === undefined) keys.set(run, new Set([key]))
    else known.add(key)
  }
  return keys
}

/** Only chunks whose ranges the points reach into are read. */
async function storedInChunks(
  store: TrackingStore,
  pair: Pair,
  points: readonly SeriesPoint[],
): Promise<readonly string[]> {
  const asked = new Set(points.map(pointIdentity))
  let [fromAt, toAt] = [points[0]?.at ?? 0n, points[0]?.at ?? 0n]
  let [fromStep, toStep] = [points[0]?.step ?? 0, points[0]?.step ?? 0]
  for (const { at, step } of points) {
    if (at < fromAt) fromAt = at
    if (at > toAt) toAt = at
    if (step < fromStep) fromStep = step
    if (step > toStep) toStep = step
  }
  const chunks = await store.series.chunks(pair, { fromAt, toAt, fromStep, toStep })
  return chunks.flatMap(({ body }) =>
    chunkPoints(body)
      .map(pointIdentity)
      .filter(each => asked.has(each)),
  )
}
