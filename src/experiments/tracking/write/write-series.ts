import { chunkLimit, encodeChunk } from '../../series/chunk.ts'
import { compareInTime, type SeriesPoint } from '../../series/order.ts'
import type { SeriesRows, SeriesWrite, StoredChunk, StoredPoint, StoredRun } from '../ports.ts'
import type { RunState, SeriesState } from './run-state.ts'

/** So many points of one series in one commit are packed at once. */
const packedAtOnce = 64
/** A tail that reaches this length is packed. */
const tailLimit = 1_024

interface Written {
  readonly run: StoredRun
  readonly state: RunState
}

/** Writes the pending points and the facts of their series: rows for few, chunks for many. */
export async function writeSeries(
  rows: SeriesRows,
  runs: readonly Written[],
  keyOf: (name: string) => number,
): Promise<void> {
  const changed: SeriesWrite[] = []
  const advanced: SeriesWrite[] = []
  const tail: StoredPoint[] = []
  const chunks: StoredChunk[] = []
  for (const { run, state } of runs)
    for (const [name, each] of state.series) {
      if (each === null || each.pending.length === 0) continue
      const place = { run: run.ref, key: keyOf(name) }
      // Most series get a few points: nothing is copied or awaited for them.
      if (fitsTail(each)) {
        each.tail += each.pending.length
        for (const { step, at, value } of each.pending)
          tail.push({ run: run.ref, key: place.key, step, at, value })
      } else
        for (const chunk of pack(await pointsToPack(rows, place, each)))
          chunks.push({ ...chunk, ...place, seq: ++each.chunks })
      const target = each.isChanged ? changed : advanced
      target.push({ run: run.ref, key: place.key, experiment: run.experiment, state: each })
    }
  await rows.insertTail(tail)
  await rows.insertChunks(chunks)
  await rows.write(changed)
  await rows.advance(advanced)
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
  const stored = await rows.tail([run, key])
  await rows.clearTail([run, key])
  state.tail = 0
  return [...stored, ...state.pending]
}

function* pack(points: readonly SeriesPoint[]) {
  const sorted = points.length > chunkLimit ? [...points].sort(compareInTime) : points
  for (let from = 0; from < sorted.length; from += chunkLimit)
    yield encodeChunk(sorted.slice(from, from + chunkLimit))
}
