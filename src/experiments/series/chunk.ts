import type { Micros } from '../../kernel/time.ts'
import { decodeColumns, encodeColumns } from './columns.ts'
import { compareInTime, type SeriesPoint } from './order.ts'

/** Most points of one chunk. */
export const chunkLimit = 4_096

/** Points of a series that are stored together and never change; ranges say which chunks to look into. */
export interface Chunk {
  readonly points: number
  readonly fromStep: number
  readonly toStep: number
  readonly fromAt: Micros
  readonly toAt: Micros
  readonly body: Uint8Array
}

/** The columns of a chunk are in the order of a history. */
export function encodeChunk(unsorted: readonly SeriesPoint[]): Chunk {
  const points = isSorted(unsorted) ? unsorted : [...unsorted].sort(compareInTime)
  return { ...rangesOf(points), points: points.length, body: encodeColumns(points) }
}

function isSorted(points: readonly SeriesPoint[]): boolean {
  let before: SeriesPoint | undefined
  for (const point of points) {
    if (before !== undefined && compareInTime(before, point) > 0) return false
    before = point
  }
  return true
}

function rangesOf(points: readonly SeriesPoint[]): Omit<Chunk, 'points' | 'body'> {
  let fromStep = Number.MAX_SAFE_INTEGER
  let toStep = Number.MIN_SAFE_INTEGER
  for (const { step } of points) {
    if (step < fromStep) fromStep = step
    if (step > toStep) toStep = step
  }
  return { fromStep, toStep, fromAt: points[0]?.at ?? 0n, toAt: points.at(-1)?.at ?? 0n }
}

export function chunkPoints(body: Uint8Array): SeriesPoint[] {
  const { steps, values, at } = decodeColumns(body)
  return Array.from(steps, (step, index) => ({ step, at: at(index), value: values[index] ?? Number.NaN }))
}
