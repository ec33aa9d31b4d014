import type { Curve, CurvePoint } from '../../../api/tracking-runs.ts'
import { millis } from '../../format.ts'

export type Axis = 'step' | 'time' | 'relative'

/** One line of a chart: the curve of a key of a run. */
export interface CurveLine {
  readonly name: string
  readonly curve: Curve
  /** Start of the run, where relative time begins. */
  readonly startedAt: string | null
}

export interface AlignedCurves {
  readonly x: readonly number[]
  /** Per line a value for each x; null is a NaN or infinity and breaks the line, undefined has no point there. */
  readonly lines: readonly { readonly name: string; readonly y: readonly (number | null | undefined)[] }[]
  /** Where values were NaN or infinite. */
  readonly faults: readonly { readonly line: number; readonly x: number; readonly value: string }[]
}

/** Steps, or seconds: since the epoch, or since the run began. */
export function xOf(point: CurvePoint, axis: Axis, line: Pick<CurveLine, 'startedAt' | 'curve'>): number {
  if (axis === 'step') return point.step
  const at = millis(point.at) / 1000
  if (axis === 'time') return at
  return at - millis(line.startedAt ?? line.curve.points[0]?.at ?? point.at) / 1000
}

/** All lines over the union of their places. Of several values at one place the last stands. */
export function alignCurves(lines: readonly CurveLine[], axis: Axis): AlignedCurves {
  const placed = lines.map(line =>
    line.curve.points.map(point => [xOf(point, axis, line), point.value] as const),
  )
  const x = [...new Set(placed.flatMap(points => points.map(([at]) => at)))].sort((a, b) => a - b)
  const index = new Map(x.map((at, position) => [at, position]))
  const faults = placed.flatMap((points, line) =>
    points.flatMap(([at, value]) => (typeof value === 'number' ? [] : [{ line, x: at, value }])),
  )
  return {
    x,
    faults,
    lines: lines.map(({ name }, line) => {
      const y: (number | null | undefined)[] = new Array(x.length).fill(undefined)
      for (const [at, value] of placed[line] ?? [])
        y[index.get(at) ?? 0] = typeof value === 'number' ? value : null
      return { name, y }
    }),
  }
}

/**
 * Exponential moving average with weight `smooth` on what was, without the bias of its start (as TensorBoard has it).
 * Gaps stay gaps, and do not weigh.
 */
export function smoothed(
  values: readonly (number | null | undefined)[],
  smooth: number,
): (number | null | undefined)[] {
  let last = 0
  let weight = 0
  return values.map(value => {
    if (typeof value !== 'number') return value
    last = last * smooth + (1 - smooth) * value
    weight = weight * smooth + (1 - smooth)
    return last / weight
  })
}

/** On a logarithmic scale what is not above zero has no place: it leaves a gap. */
export function aboveZero(values: readonly (number | null | undefined)[]): {
  readonly y: (number | null | undefined)[]
  readonly left: number
} {
  const y = values.map(value => (typeof value === 'number' && value <= 0 ? null : value))
  return { y, left: values.filter(value => typeof value === 'number' && value <= 0).length }
}

/** What the server is asked for to show a range of the axis: steps, or milliseconds since the epoch. */
export function askedRange(
  range: readonly [number, number] | undefined,
  axis: Axis,
  startedAt: string | null,
): { readonly from?: number; readonly to?: number } {
  if (range === undefined) return {}
  const [from, to] = range
  if (axis === 'step') return { from: Math.floor(from), to: Math.ceil(to) }
  const origin = axis === 'relative' && startedAt !== null ? millis(startedAt) : 0
  return { from: Math.floor(origin + from * 1000), to: Math.ceil(origin + to * 1000) }
}

export function parseRange(text: string | undefined): readonly [number, number] | undefined {
  const [from, to] = (text ?? '').split('..').map(Number)
  return from !== undefined && to !== undefined && from < to ? [from, to] : undefined
}
