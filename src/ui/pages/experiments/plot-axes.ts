import { scaleLinear, scalePoint } from 'd3-scale'

export type Value = string | number | null

/** An axis of a plot: numbers on a line, or words in their order. */
export interface PlotAxis {
  readonly title: string
  readonly numeric: boolean
  /** Where a value stands, 0 to 1 from the low end; undefined for none. */
  readonly place: (value: Value) => number | undefined
  readonly ticks: readonly { readonly at: number; readonly text: string }[]
}

const mostWords = 24

/** Params are texts: they are numbers when all of them are. */
export function readValue(value: Value): Value {
  if (typeof value !== 'string') return value
  const number = Number(value)
  return value.trim() !== '' && Number.isFinite(number) ? number : value
}

export function plotAxis(title: string, raw: readonly Value[], format: (value: number) => string): PlotAxis {
  const values = raw.filter(value => value !== null && value !== 'NaN').map(readValue)
  return values.every(value => typeof value === 'number') && values.length > 0
    ? numberAxis(title, values as number[], format)
    : wordAxis(title, raw)
}

function numberAxis(title: string, values: readonly number[], format: (value: number) => string): PlotAxis {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const scale = scaleLinear()
    .domain(low === high ? [low - 0.5, high + 0.5] : [low, high])
    .range([0, 1])
  return {
    title,
    numeric: true,
    place: value => {
      const number = readValue(value)
      return typeof number === 'number' ? scale(number) : undefined
    },
    ticks: (low === high ? [low] : scale.ticks(5)).map(tick => ({ at: scale(tick), text: format(tick) })),
  }
}

function wordAxis(title: string, values: readonly Value[]): PlotAxis {
  const words = [...new Set(values.flatMap(value => (value === null ? [] : [String(value)])))].sort()
  const scale = scalePoint<string>().domain(words).range([0, 1]).padding(0.5)
  const every = Math.ceil(words.length / mostWords)
  return {
    title,
    numeric: false,
    place: value => (value === null ? undefined : scale(String(value))),
    ticks: words.flatMap((text, index) => (index % every === 0 ? [{ at: scale(text) ?? 0, text }] : [])),
  }
}

interface Valued {
  readonly values: ReadonlyMap<string, Value>
}

/** The two columns that most runs have both of, with more than one value each; the earlier ones of equals. */
export function likelyAxes<Axis extends { readonly key: string }>(
  runs: readonly Valued[],
  axes: readonly Axis[],
): readonly [x: Axis | undefined, y: Axis | undefined] {
  const varied = axes.filter(axis => variesIn(runs, axis.key))
  const has = (run: Valued, axis: Axis) => (run.values.get(axis.key) ?? null) !== null
  const pairs = varied.flatMap((y, at) => varied.slice(at + 1).map(x => ({ x, y })))
  const [best] = pairs
    .map(pair => ({ ...pair, both: runs.filter(run => has(run, pair.x) && has(run, pair.y)).length }))
    .sort((one, other) => other.both - one.both)
  return best === undefined ? [axes[1] ?? axes[0], axes[0]] : [best.x, best.y]
}

/** Whether runs differ in a column: one that is the same in all tells nothing in a plot. */
export function variesIn(runs: readonly Valued[], key: string): boolean {
  const values = runs
    .map(run => run.values.get(key) ?? null)
    .filter(value => value !== null && value !== 'NaN')
  return new Set(values.map(readValue)).size > 1
}

/** Ranges kept on axes, by column text: `metrics.auc:0.2..0.9`, in places from 0 to 1. */
export type Brushes = ReadonlyMap<string, readonly [number, number]>

export function parseBrushes(text: string | undefined): Brushes {
  return new Map(
    (text ?? '').split(',').flatMap(part => {
      const match = /^(.+):([\d.]+)\.\.([\d.]+)$/.exec(part)
      return match === null ? [] : [[match[1] ?? '', [Number(match[2]), Number(match[3])]] as const]
    }),
  )
}

export function formatBrushes(brushes: Brushes): string | undefined {
  const parts = [...brushes].map(([key, [from, to]]) => `${key}:${from.toFixed(3)}..${to.toFixed(3)}`)
  return parts.length > 0 ? parts.join(',') : undefined
}

/** Whether the places of a row lie within all kept ranges; a row without a value does not. */
export function isKept(places: ReadonlyMap<string, number | undefined>, brushes: Brushes): boolean {
  return [...brushes].every(([key, [from, to]]) => {
    const place = places.get(key)
    return place !== undefined && place >= from && place <= to
  })
}
