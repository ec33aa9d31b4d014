import { encodeBlock, type KeyedPoint } from '../../series/block.ts'
import { chunkLimit, encodeChunk } from '../../series/chunk.ts'
import { compareInTime, type SeriesPoint } from '../../series/order.ts'
import type { SeriesRows, SeriesWrite, StoredBlock, StoredChunk, StoredPoint } from '../ports.ts'
import type { SeriesState } from './run-state.ts'
import { type BlockRun, unpackBlocks } from './unpack-blocks.ts'

/** So many points of one series are packed into a chunk at once. */
const packedAtOnce = 64
/** A tail that reaches this length is packed. */
const tailLimit = 1_024
/** So many points of a run that are not packed are a block. */
const blockAtOnce = 16
/** A run with so many blocks has them sorted into its series. */
const blockLimit = 64

/** All that one commit writes of series. */
export interface SeriesWrites {
  readonly changed: SeriesWrite[]
  readonly advanced: SeriesWrite[]
  readonly tail: StoredPoint[]
  readonly blocks: StoredBlock[]
  readonly chunks: StoredChunk[]
}

/**
 * Writes the pending points and the facts of their series: rows for few, a block for many of different series, chunks for
 * many of one.
 */
export async function writeSeries(
  rows: SeriesRows,
  runs: readonly BlockRun[],
  keyOf: (name: string) => number,
): Promise<void> {
  const writes: SeriesWrites = { changed: [], advanced: [], tail: [], blocks: [], chunks: [] }
  for (const each of runs) await collect(rows, each, { keyOf, writes })
  await rows.insertTail(writes.tail)
  await rows.insertBlocks(writes.blocks)
  await rows.insertChunks(writes.chunks)
  await rows.write(writes.changed)
  await rows.advance(writes.advanced)
}

async function collect(
  rows: SeriesRows,
  loaded: BlockRun,
  { keyOf, writes }: { readonly keyOf: (name: string) => number; readonly writes: SeriesWrites },
): Promise<void> {
  const { run, state } = loaded
  const few: KeyedPoint[] = []
  for (const [name, each] of state.series) {
    if (each === null || each.pending.length === 0) continue
    const place = { run: run.ref, key: keyOf(name) }
    // Most series get a few points: nothing is copied or awaited for them.
    if (fitsTail(each)) {
      each.tail += each.pending.length
      for (const { step, at, value } of each.pending) few.push({ key: place.key, step, at, value })
    } else writes.chunks.push(...pack(await pointsToPack(rows, place, each), { ...place, state: each }))
    const target = each.isChanged ? writes.changed : writes.advanced
    target.push({ run: run.ref, key: place.key, experiment: run.experiment, state: each })
  }
  if (few.length < blockAtOnce) {
    for (const { key, step, at, value } of few) writes.tail.push({ run: run.ref, key, step, at, value })
    return
  }
  state.blocks ??= await rows.blockCount(run.ref)
  if (state.blocks >= blockLimit) {
    const unpacked = await unpackBlocks(rows, loaded)
    state.blocks = 0
    for (const { key, points, state: series, isPending } of unpacked) {
      const place = { run: run.ref, key }
      if (points.length < packedAtOnce / 2)
        for (const { step, at, value } of points) writes.tail.push({ ...place, step, at, value })
      else {
        series.tail -= points.length
        writes.chunks.push(...pack(points, { ...place, state: series }))
      }
      if (!isPending) writes.advanced.push({ ...place, experiment: run.experiment, state: series })
    }
  }
  state.blocks += 1
  writes.blocks.push({ run: run.ref, seq: state.blocks, body: encodeBlock(few) })
}

function fitsTail({ pending, tail }: SeriesState): boolean {
  return pending.length < packedAtOnce && tail + pending.length < tailLimit
}

/** The pending points, and with them the rows of a full tail. */
async function pointsToPack(
  rows: SeriesRows,
  { run, key }: { readonly run: number; readonly key: number },
  state: SeriesState,
): Promise<readonly SeriesPoint[]> {
  if (state.tail + state.pending.length < tailLimit) return state.pending
  const stored = await rows.takeTail([run, key])
  state.tail -= stored.length
  return [...stored, ...state.pending]
}

function* pack(
  points: readonly SeriesPoint[],
  { run, key, state }: { readonly run: number; readonly key: number; readonly state: SeriesState },
) {
  const sorted = points.length > chunkLimit ? [...points].sort(compareInTime) : points
  for (let from = 0; from < sorted.length; from += chunkLimit)
    yield { ...encodeChunk(sorted.slice(from, from + chunkLimit)), run, key, seq: ++state.chunks }
}
