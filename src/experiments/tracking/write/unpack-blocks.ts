import { blockPoints, type KeyedPoint } from '../../series/block.ts'
import type { SeriesRows, StoredRun } from '../ports.ts'
import { type RunState, type SeriesState, seriesState } from './run-state.ts'

export interface BlockRun {
  readonly run: StoredRun
  readonly state: RunState
}

export interface UnpackedSeries {
  readonly key: number
  readonly points: KeyedPoint[]
  readonly state: SeriesState
  /** Whether this commit adds points to it, too. */
  readonly isPending: boolean
}

/** Takes the points out of the blocks of a run, series by series. */
export async function unpackBlocks(
  rows: SeriesRows,
  { run, state }: BlockRun,
): Promise<readonly UnpackedSeries[]> {
  const byKey = new Map<number, KeyedPoint[]>()
  for (const body of await rows.blocks(run.ref))
    for (const point of blockPoints(body, () => true)) {
      const known = byKey.get(point.key)
      if (known === undefined) byKey.set(point.key, [point])
      else known.push(point)
    }
  await rows.clearBlocks(run.ref)
  const unpacked: UnpackedSeries[] = []
  for (const { name, ...stored } of (await rows.ofRuns([run.ref])).get(run.ref) ?? []) {
    const points = byKey.get(stored.key)
    if (points === undefined) continue
    const series = state.series.get(name) ?? seriesState(stored)
    state.series.set(name, series)
    unpacked.push({ key: stored.key, points, state: series, isPending: series.pending.length > 0 })
  }
  return unpacked
}
