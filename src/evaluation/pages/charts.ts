import type { MaybeInterval } from '../report.ts'
import { html, type Markup } from './html.ts'
import { numberText } from './number-text.ts'

const bar = { width: 150, height: 16, margin: 6 }

/** A value with its interval on a line from `least` to `most`, and a mark where the whole stands. */
export function intervalBar(
  { value, interval }: { readonly value: number; readonly interval: MaybeInterval | null | undefined },
  { least, most, mark }: { readonly least: number; readonly most: number; readonly mark: number | null },
): Markup {
  const { width, height, margin } = bar
  const at = (number: number) =>
    round(
      margin +
        ((width - 2 * margin) * (Math.min(most, Math.max(least, number)) - least)) / (most - least || 1),
    )
  const middle = height / 2
  const known = interval && 'lower' in interval ? interval : null
  return html`<svg class="bar" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">
${mark === null ? null : html`<line class="mark" x1="${at(mark)}" x2="${at(mark)}" y1="0" y2="${height}"/>`}
${known && html`<line class="range" x1="${at(known.lower)}" x2="${at(known.upper)}" y1="${middle}" y2="${middle}"/>`}
<circle class="dot" cx="${at(value)}" cy="${middle}" r="3.5"/></svg>`
}

/** Limits that hold all values and intervals. */
export function limitsOf(
  values: readonly { readonly value: number; readonly interval: MaybeInterval | null | undefined }[],
): { least: number; most: number } {
  const all = values.flatMap(({ value, interval }) =>
    interval && 'lower' in interval ? [value, interval.lower, interval.upper] : [value],
  )
  return { least: Math.min(...all), most: Math.max(...all) }
}

export interface PlotPoint {
  readonly x: number
  readonly y: number
  readonly interval?: MaybeInterval | null
}

export interface Plot {
  readonly title: string
  /** What it says, in a sentence. */
  readonly note?: string
  readonly x: string
  readonly y: string
  readonly points: readonly PlotPoint[]
  /** `dots` with a line each for their interval; `line` with a band. */
  readonly shape: 'dots' | 'line'
  /** Where y = x. */
  readonly diagonal?: boolean
  readonly limits?: { readonly x: readonly [number, number]; readonly y: readonly [number, number] }
  /** Texts of the x axis instead of numbers, one per point. */
  readonly ticks?: readonly string[]
  /** A point that stands out. */
  readonly marked?: PlotPoint | null
}

const plot = { width: 460, height: 300, left: 58, right: 14, top: 10, bottom: 42 }

export function plotOf(of: Plot): Markup {
  const [x0, x1] = of.limits?.x ?? spanOf(of.points.map(point => point.x))
  const [y0, y1] = of.limits?.y ?? spanOf(of.points.flatMap(heights), 0.08)
  const { width, height, left, right, top, bottom } = plot
  const sx = (x: number) => round(left + ((width - left - right) * (x - x0)) / (x1 - x0))
  const sy = (y: number) => round(height - bottom - ((height - top - bottom) * (y - y0)) / (y1 - y0))
  const shown = of.shape === 'line' ? lineOf(of.points, sx, sy) : of.points.map(point => dotOf(point, sx, sy))
  return html`<figure><figcaption>${of.title}<small>${of.note ?? null}</small></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${of.title}">
${steps(y0, y1).map(
  y =>
    html`<line class="grid" x1="${left}" x2="${width - right}" y1="${sy(y)}" y2="${sy(y)}"/><text class="tick" x="${left - 6}" y="${sy(y) + 4}" text-anchor="end">${numberText(y)}</text>`,
)}
${xTicks(of, [x0, x1]).map(
  ([x, text]) =>
    html`<text class="tick" x="${sx(x)}" y="${height - bottom + 16}" text-anchor="middle">${text}</text>`,
)}
<text class="axis" x="${(left + width - right) / 2}" y="${height - 6}" text-anchor="middle">${of.x}</text>
<text class="axis" transform="translate(13 ${(top + height - bottom) / 2}) rotate(-90)" text-anchor="middle">${of.y}</text>
${of.diagonal ? html`<line class="mark" x1="${sx(x0)}" y1="${sy(x0)}" x2="${sx(x1)}" y2="${sy(x1)}"/>` : null}
${shown}
${of.marked ? html`<circle class="ring" cx="${sx(of.marked.x)}" cy="${sy(of.marked.y)}" r="6"/>` : null}
</svg></figure>`
}

type Scale = (value: number) => number

function heights({ y, interval }: PlotPoint): number[] {
  return interval && 'lower' in interval ? [y, interval.lower, interval.upper] : [y]
}

function dotOf({ x, y, interval }: PlotPoint, sx: Scale, sy: Scale): Markup {
  const known = interval && 'lower' in interval ? interval : null
  return html`${known && html`<line class="range" x1="${sx(x)}" x2="${sx(x)}" y1="${sy(known.lower)}" y2="${sy(known.upper)}"/>`}<circle class="dot" cx="${sx(x)}" cy="${sy(y)}" r="3.5"/>`
}

function lineOf(points: readonly PlotPoint[], sx: Scale, sy: Scale): Markup[] {
  const path = (at: (point: PlotPoint) => number) => points.map(point => `${sx(point.x)},${sy(at(point))}`)
  const edge = (end: 'lower' | 'upper') => (point: PlotPoint) =>
    point.interval && 'lower' in point.interval ? point.interval[end] : point.y
  const band = [...path(edge('upper')), ...path(edge('lower')).reverse()].join(' ')
  return [
    html`<polygon class="band" points="${band}"/>`,
    html`<polyline class="line" points="${path(point => point.y).join(' ')}"/>`,
  ]
}

function xTicks({ points, ticks }: Plot, [x0, x1]: readonly [number, number]): (readonly [number, string])[] {
  if (!ticks) return steps(x0, x1).map(x => [x, numberText(x)] as const)
  const every = Math.ceil(ticks.length / 6)
  return points.flatMap((point, index) =>
    index % every === 0 ? [[point.x, ticks[index] ?? ''] as const] : [],
  )
}

/** Round numbers in between, about five. */
function steps(from: number, to: number): number[] {
  const rough = (to - from) / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(factor => factor * power).find(each => each >= rough) ?? rough
  const first = Math.ceil(from / step - 1e-9)
  const count = Math.floor(to / step + 1e-9) - first
  return Array.from({ length: count + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)))
}

function spanOf(values: readonly number[], padding = 0.03): readonly [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = (most - least) * padding || Math.abs(most) * 0.1 || 1
  return [least - room, most + room]
}

const round = (value: number): number => Math.round(value * 10) / 10
