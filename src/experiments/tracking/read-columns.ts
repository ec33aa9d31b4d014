import { decodeColumns } from '../series/columns.ts'
import type { SeriesPoint } from '../series/order.ts'
import type { StoredRun, TrackingStore } from './ports.ts'
import { type PointBounds, segmentsOf } from './read-points.ts'

/** A series without an object per point: what is drawn is only a few of many. */
export interface SeriesColumns {
  readonly steps: Float64Array
  /** Microseconds, rounded beyond 2^53. */
  readonly times: Float64Array
  readonly values: Float64Array
  point(index: number): SeriesPoint
}

interface Part {
  readonly steps: Float64Array
  readonly times: Float64Array
  readonly values: Float64Array
  at(index: number): bigint
  readonly toStep: number
}

/** Chunks by time, then the tail; within the bounds. Mostly, but not always, in the order of a history. */
export async function readColumns(
  store: TrackingStore,
  { run, key, ...bounds }: PointBounds & { readonly run: StoredRun; readonly key: number },
): Promise<SeriesColumns> {
  const parts: Part[] = []
  for (const { ref, toStep = Number.MAX_SAFE_INTEGER } of (await segmentsOf(store, run)).toReversed()) {
    const { chunks, tail } = await store.series.stored([ref, key], bounds)
    for (const { body } of chunks) parts.push({ ...decodeColumns(body), toStep })
    if (tail.length > 0) parts.push({ ...columnsOf(tail), toStep })
  }
  return join(parts, bounds)
}

function columnsOf(points: readonly SeriesPoint[]): Omit<Part, 'toStep'> {
  return {
    steps: Float64Array.from(points, ({ step }) => step),
    times: Float64Array.from(points, ({ at }) => Number(at)),
    values: Float64Array.from(points, ({ value }) => value),
    at: index => points[index]?.at ?? 0n,
  }
}

function join(parts: readonly Part[], bounds: PointBounds): SeriesColumns {
  const size = parts.reduce((sum, { steps }) => sum + steps.length, 0)
  const steps = new Float64Array(size)
  const times = new Float64Array(size)
  const values = new Float64Array(size)
  const places = new Uint32Array(size)
  const owners = new Uint32Array(size)
  const fromAt = Number(bounds.fromAt ?? Number.NEGATIVE_INFINITY)
  const toAt = Number(bounds.toAt ?? Number.POSITIVE_INFINITY)
  const fromStep = bounds.fromStep ?? Number.NEGATIVE_INFINITY
  let count = 0
  parts.forEach((part, owner) => {
    const toStep = Math.min(part.toStep, bounds.toStep ?? Number.POSITIVE_INFINITY)
    for (let index = 0; index < part.steps.length; index++) {
      const step = part.steps[index] ?? 0
      const time = part.times[index] ?? 0
      if (step < fromStep || step > toStep || time < fromAt || time > toAt) continue
      steps[count] = step
      times[count] = time
      values[count] = part.values[index] ?? Number.NaN
      places[count] = index
      owners[count] = owner
      count += 1
    }
  })
  return {
    steps: steps.subarray(0, count),
    times: times.subarray(0, count),
    values: values.subarray(0, count),
    point: index => ({
      step: steps[index] ?? 0,
      at: parts[owners[index] ?? 0]?.at(places[index] ?? 0) ?? 0n,
      value: values[index] ?? Number.NaN,
    }),
  }
}

/** Positions of the points by `x`, ties by time and value; undefined when they are in that order already. */
export function orderBy(x: Float64Array, { times, values }: SeriesColumns): Uint32Array | undefined {
  const compare = (a: number, b: number) =>
    (x[a] ?? 0) - (x[b] ?? 0) ||
    (times[a] ?? 0) - (times[b] ?? 0) ||
    compareNumbers(values[a] ?? Number.NaN, values[b] ?? Number.NaN)
  let isOrdered = true
  for (let index = 1; index < x.length && isOrdered; index++) isOrdered = compare(index - 1, index) <= 0
  return isOrdered ? undefined : Uint32Array.from(x, (_, index) => index).sort(compare)
}

function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a - b
}
