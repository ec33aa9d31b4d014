import { decodeColumns, type PointColumns } from '../series/columns.ts'
import type { SeriesPoint } from '../series/order.ts'
import type { StoredRun, TrackingStore } from './ports.ts'
import { type PointBounds, segmentsOf } from './read-points.ts'
import { readSeries } from './stored-series.ts'

/** A stretch of a series, unpacked only while it is looked at: what is drawn of a long one is a few of its points. */
export interface SeriesPart {
  /** Whether all of its points are within the bounds. */
  readonly isWhole: boolean
  readonly points: number
  /** Of all of its points: steps, and times in microseconds, rounded beyond 2^53. */
  readonly steps: Span
  readonly times: Span
  columns(): PointColumns
  isInside(columns: PointColumns, index: number): boolean
}

/** From the least to the greatest. */
export type Span = readonly [from: number, to: number]

/** The parts of a series that reach into the bounds. */
export async function readParts(
  store: TrackingStore,
  { run, key, ...bounds }: PointBounds & { readonly run: StoredRun; readonly key: number },
): Promise<readonly SeriesPart[]> {
  const parts: SeriesPart[] = []
  const times: Span = [Number(bounds.fromAt ?? -Infinity), Number(bounds.toAt ?? Infinity)]
  for (const { ref, toStep = Number.POSITIVE_INFINITY } of await segmentsOf(store, run)) {
    const { chunks, tail } = await readSeries(store, [ref, key], bounds)
    const steps: Span = [bounds.fromStep ?? -Infinity, Math.min(toStep, bounds.toStep ?? Infinity)]
    for (const { points, fromStep, toStep: lastStep, fromAt, toAt, body } of chunks)
      parts.push(
        partOf(
          { points, steps: [fromStep, lastStep], times: [Number(fromAt), Number(toAt)] },
          { steps, times },
          () => decodeColumns(body),
        ),
      )
    if (tail.length === 0) continue
    const columns = columnsOf(tail)
    const spans = { steps: spanOf(columns.steps), times: spanOf(columns.times) }
    parts.push(partOf({ points: tail.length, ...spans }, { steps, times }, () => columns))
  }
  return parts
}

type Spans = Pick<SeriesPart, 'steps' | 'times'>

function partOf(
  own: Spans & { readonly points: number },
  { steps, times }: Spans,
  columns: () => PointColumns,
): SeriesPart {
  const isWithin = (value: number, [from, to]: Span) => value >= from && value <= to
  return {
    ...own,
    columns,
    isWhole:
      [...own.steps].every(each => isWithin(each, steps)) && own.times.every(each => isWithin(each, times)),
    isInside: (read, index) =>
      isWithin(read.steps[index] ?? 0, steps) && isWithin(read.times[index] ?? 0, times),
  }
}

export function spanOf(values: Float64Array): Span {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < from) from = value
    if (value > to) to = value
  }
  return [from, to]
}

/** Calls back for every point within the bounds. */
export function eachInside(part: SeriesPart, visit: (columns: PointColumns, index: number) => void): void {
  const columns = part.columns()
  for (let index = 0; index < part.points; index++)
    if (part.isWhole || part.isInside(columns, index)) visit(columns, index)
}

export function pointAt({ steps, values, at }: PointColumns, index: number): SeriesPoint {
  return { step: steps[index] ?? 0, at: at(index), value: values[index] ?? Number.NaN }
}

function columnsOf(points: readonly SeriesPoint[]): PointColumns {
  return {
    steps: Float64Array.from(points, ({ step }) => step),
    times: Float64Array.from(points, ({ at }) => Number(at)),
    values: Float64Array.from(points, ({ value }) => value),
    at: index => points[index]?.at ?? 0n,
  }
}
