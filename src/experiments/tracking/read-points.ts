import type { Micros } from '../../kernel/time.ts'
import { type Chunk, chunkPoints } from '../series/chunk.ts'
import { compareInTime, type SeriesPoint } from '../series/order.ts'
import type { StoredRun, TrackingStore } from './ports.ts'
import { readSeries } from './stored-series.ts'

/** A part of a run's series: its own points, or those of the run it was forked from, up to a step. */
export interface Segment {
  readonly ref: number
  readonly toStep?: number
}

const deepestFork = 20

/** A fork reads what came before it from the run it refers to: nothing was copied. */
export async function segmentsOf(store: TrackingStore, run: StoredRun): Promise<readonly Segment[]> {
  const segments: Segment[] = [{ ref: run.ref }]
  let bound = Number.MAX_SAFE_INTEGER
  for (let { forkOf } = run; forkOf !== null && segments.length <= deepestFork; ) {
    const [origin] = await store.runs.find([forkOf.run])
    if (origin === undefined) break
    bound = Math.min(bound, forkOf.step)
    segments.push({ ref: origin.ref, toStep: bound })
    forkOf = origin.forkOf
  }
  return segments
}

export interface PointBounds {
  readonly fromStep?: number
  readonly toStep?: number
  readonly fromAt?: Micros
  readonly toAt?: Micros
}

function isInside({ step, at }: SeriesPoint, { fromStep, toStep, fromAt, toAt }: PointBounds): boolean {
  if (fromStep !== undefined && step < fromStep) return false
  if (toStep !== undefined && step > toStep) return false
  if (fromAt !== undefined && at < fromAt) return false
  return toAt === undefined || at <= toAt
}

export interface PointQuery extends PointBounds {
  readonly run: StoredRun
  /** Number of the key. */
  readonly key: number
  /** The first so many in the order of a history; all when left out. */
  readonly first?: number
  /** Only points after this one. */
  readonly after?: SeriesPoint
}

/** Points in the order of a history. Chunks are unpacked only as far as the answer needs them. */
export async function readPoints(store: TrackingStore, query: PointQuery): Promise<readonly SeriesPoint[]> {
  const { after } = query
  const isWanted = (point: SeriesPoint) =>
    isInside(point, query) && (after === undefined || compareInTime(point, after) > 0)
  const points: SeriesPoint[] = []
  const chunks: (Chunk & Segment)[] = []
  for (const segment of await segmentsOf(store, query.run)) {
    const toStep = Math.min(
      segment.toStep ?? Number.MAX_SAFE_INTEGER,
      query.toStep ?? Number.MAX_SAFE_INTEGER,
    )
    const fromAt = after?.at ?? query.fromAt
    const bounds = { ...query, toStep, ...(fromAt === undefined ? {} : { fromAt }) }
    const stored = await readSeries(store, [segment.ref, query.key], bounds)
    for (const point of stored.tail) if (point.step <= toStep && isWanted(point)) points.push(point)
    for (const chunk of stored.chunks)
      chunks.push({ ...chunk, ref: segment.ref, toStep: segment.toStep ?? Number.MAX_SAFE_INTEGER })
  }
  unpackUntil(points, chunks, { first: query.first, isWanted })
  points.sort(compareInTime)
  return query.first === undefined ? points : points.slice(0, query.first)
}

function unpackUntil(
  points: SeriesPoint[],
  chunks: readonly (Chunk & { readonly toStep?: number })[],
  { first, isWanted }: { readonly first: number | undefined; isWanted(point: SeriesPoint): boolean },
): void {
  const inOrder = [...chunks].sort((a, b) => (a.fromAt < b.fromAt ? -1 : a.fromAt > b.fromAt ? 1 : 0))
  for (const chunk of inOrder) {
    if (first !== undefined && points.length >= first) {
      const before = points.reduce((count, { at }) => count + Number(at < chunk.fromAt), 0)
      if (before >= first) return
    }
    for (const point of chunkPoints(chunk.body))
      if (point.step <= (chunk.toStep ?? Number.MAX_SAFE_INTEGER) && isWanted(point)) points.push(point)
  }
}
