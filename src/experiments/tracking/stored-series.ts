import { blockPoints } from '../series/block.ts'
import type { Chunk } from '../series/chunk.ts'
import { compareInTime, type SeriesPoint } from '../series/order.ts'
import type { ChunkBounds, Pair, TrackingStore } from './ports.ts'

/** A series at one moment: chunks that reach into the bounds, by first time, and in order the points that are in none. */
export async function readSeries(
  store: TrackingStore,
  [run, key]: Pair,
  bounds: ChunkBounds,
): Promise<{ readonly chunks: readonly Chunk[]; readonly tail: readonly SeriesPoint[] }> {
  const { chunks, rows, blocks } = await store.series.stored([run, key], bounds)
  const tail = [...rows]
  for (const body of blocks)
    for (const { step, at, value } of blockPoints(body, each => each === key)) tail.push({ step, at, value })
  return { chunks, tail: tail.sort(compareInTime) }
}
