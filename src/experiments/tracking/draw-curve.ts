import { compareInTime, type SeriesPoint } from '../series/order.ts'
import { createSampler } from '../series/sample.ts'
import { eachInside, pointAt, type SeriesPart, type Span } from './read-parts.ts'

export interface Drawn {
  /** In the order of the axis. */
  readonly points: readonly SeriesPoint[]
  /** How many there are. */
  readonly of: number
}

/** A place is the number of a part, and the index in it. */
const partSize = 2 ** 20

/** All points, or so many of them that nothing is lost on that many pixels (see `createSampler`). */
export function drawCurve(
  parts: readonly SeriesPart[],
  { axis, pixels }: { readonly axis: 'step' | 'time'; readonly pixels: number },
): Drawn {
  const { of, span } = extentOf(parts, axis)
  const points = of <= pixels * 4 ? allOf(parts) : sampled(parts, { axis, pixels, span })
  return { of, points: points.sort(axis === 'step' ? compareByStep : compareInTime) }
}

function compareByStep(a: SeriesPoint, b: SeriesPoint): number {
  return a.step - b.step || compareInTime(a, b)
}

function allOf(parts: readonly SeriesPart[]): SeriesPoint[] {
  const points: SeriesPoint[] = []
  for (const part of parts)
    eachInside(part, (columns, index) => {
      points.push(pointAt(columns, index))
    })
  return points
}

/** Only parts that reach out of the bounds have to be unpacked for it. */
function extentOf(parts: readonly SeriesPart[], axis: 'step' | 'time') {
  let [of, from, to] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const part of parts)
    if (part.isWhole) {
      const [first, last] = axis === 'step' ? part.steps : part.times
      of += part.points
      from = Math.min(from, first)
      to = Math.max(to, last)
    } else
      eachInside(part, ({ steps, times }, index) => {
        const x = (axis === 'step' ? steps : times)[index] ?? 0
        of += 1
        from = Math.min(from, x)
        to = Math.max(to, x)
      })
  return { of, span: [from, to] as Span }
}

function sampled(
  parts: readonly SeriesPart[],
  {
    axis,
    pixels,
    span: [from, to],
  }: { readonly axis: 'step' | 'time'; readonly pixels: number; readonly span: Span },
): SeriesPoint[] {
  const sampler = createSampler({ from, to, pixels })
  parts.forEach((part, number) => {
    const { steps, times, values } = part.columns()
    const columns = { x: axis === 'step' ? steps : times, y: values, times }
    eachInside(part, (_, index) => sampler.look(columns, index, number * partSize + index))
  })
  const chosen = Float64Array.from(sampler.chosen()).sort()
  const points: SeriesPoint[] = []
  let next = 0
  parts.forEach((part, number) => {
    const end = (number + 1) * partSize
    if ((chosen[next] ?? end) >= end) return
    const columns = part.columns()
    for (; next < chosen.length && (chosen[next] ?? 0) < end; next++)
      points.push(pointAt(columns, (chosen[next] ?? 0) % partSize))
  })
  return points
}
