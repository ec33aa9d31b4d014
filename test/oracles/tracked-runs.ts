import type { LoggedBatch, MetricPoint, SeriesSummary } from '../../src/experiments/index.ts'

/** A run as a list of what was logged to it, in the order of requests; everything is recomputed when asked. */
export interface NaiveRun {
  readonly params: Map<string, string>
  readonly tags: Map<string, string>
  readonly points: MetricPoint[]
}

export const naiveRun = (): NaiveRun => ({ params: new Map(), tags: new Map(), points: [] })

const isSame = (a: MetricPoint, b: MetricPoint) =>
  a.key === b.key && a.step === b.step && a.at === b.at && (a.value === b.value || bothNaN(a.value, b.value))
const bothNaN = (a: number, b: number) => Number.isNaN(a) && Number.isNaN(b)

const clamped = (value: number) => {
  if (value === Number.POSITIVE_INFINITY) return Number.MAX_VALUE
  return value === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : value + 0
}

/** False, without any effect, when a param would change. */
export function naiveLog(run: NaiveRun, { metrics = [], params = [], tags = [] }: LoggedBatch): boolean {
  if (params.some(({ key, value }) => run.params.has(key) && run.params.get(key) !== value)) return false
  for (const { key, value } of params) run.params.set(key, value)
  for (const { key, value } of tags) run.tags.set(key, value)
  for (const { key, step, at, value } of metrics) {
    const point = { key, step, at, value: clamped(value) }
    if (!run.points.some(known => isSame(known, point))) run.points.push(point)
  }
  return true
}

type Order = (a: MetricPoint, b: MetricPoint) => number

const byTime: Order = (a, b) => Number(a.at > b.at) - Number(a.at < b.at)
const byStep: Order = (a, b) => a.step - b.step
const byNumber: Order = (a, b) => {
  if (bothNaN(a.value, b.value)) return 0
  if (Number.isNaN(a.value)) return 1
  if (Number.isNaN(b.value)) return -1
  return Number(a.value > b.value) - Number(a.value < b.value)
}
const inTurn =
  (...orders: readonly Order[]): Order =>
  (a, b) =>
    orders.map(order => order(a, b)).find(result => result !== 0) ?? 0

/** The order of a history: (at, step, value), NaN after numbers. */
export const inTime: Order = inTurn(byTime, byStep, byNumber)

export function naiveHistory({ points }: NaiveRun, key: string): readonly MetricPoint[] {
  return points.filter(point => point.key === key).sort(inTime)
}

export function naiveSummary(run: NaiveRun, key: string): SeriesSummary {
  const points = naiveHistory(run, key)
  const numbers = points.filter(({ value }) => !Number.isNaN(value))
  const by = (list: readonly MetricPoint[], order: Order) => [...list].sort(order)[0] ?? null
  const first = by(points, inTurn(byStep, byTime, byNumber))
  // Greatest by (step, at, value); on a tie of both a number comes before NaN.
  const back: Order = inTurn(
    (a, b) => byStep(b, a),
    (a, b) => byTime(b, a),
    (a, b) => Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || b.value - a.value,
  )
  const latest = by(points, back)
  if (first === null || latest === null) throw new Error(`nothing was logged as ${key}`)
  return {
    key,
    count: points.length,
    first,
    latest,
    least: by(numbers, inTurn(byNumber, byStep, byTime)),
    greatest: by(
      numbers,
      inTurn((a, b) => byNumber(b, a), byStep, byTime),
    ),
  }
}

export function naiveKeys({ points }: NaiveRun): readonly string[] {
  return [...new Set(points.map(({ key }) => key))].sort(byCodePoint)
}

export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
