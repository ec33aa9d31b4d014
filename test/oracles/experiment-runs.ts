import fc from 'fast-check'
import type { ExperimentRun, MetricPoint } from '../../src/experiments/index.ts'

const value = fc.oneof(
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1, -1),
  fc.double({ noNaN: true }).map(number => number + 0),
)
const point: fc.Arbitrary<MetricPoint> = fc.record({
  key: fc.constantFrom('m', 'n', 'm/x'),
  value,
  step: fc.integer({ min: -2, max: 2 }),
  at: fc.bigInt({ min: 0n, max: 3n }),
})

/** Runs that have ties, NaN, and metrics that some lack; `later`: starts after the run before, not with it. */
export const everyRun = fc.array(
  fc.record({ batches: fc.array(fc.array(point, { maxLength: 5 }), { maxLength: 3 }), later: fc.boolean() }),
  { minLength: 1, maxLength: 9 },
)

/** NaN above all numbers. */
const byValue = (a: number, b: number) =>
  Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || (a === b || Number.isNaN(a) ? 0 : a < b ? -1 : 1)
const byBig = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0)
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** The different points of one key. */
export function naivePoints(points: readonly MetricPoint[], key: string): MetricPoint[] {
  const seen = new Map<string, MetricPoint>()
  for (const one of points) if (one.key === key) seen.set(`${one.at} ${one.step} ${one.value}`, one)
  return [...seen.values()]
}

export function sortedPoints(points: readonly MetricPoint[]): MetricPoint[] {
  return [...points].sort((a, b) => byBig(a.at, b.at) || a.step - b.step || byValue(a.value, b.value))
}

/** The last point when sorted by (step, time, value), NaN below all numbers. */
function naiveLatest(points: readonly MetricPoint[], key: string): number | undefined {
  const rank = (number: number) => (Number.isNaN(number) ? 0 : 1)
  return naivePoints(points, key)
    .sort(
      (a, b) =>
        a.step - b.step || byBig(a.at, b.at) || rank(a.value) - rank(b.value) || byValue(a.value, b.value),
    )
    .at(-1)?.value
}

/** Ids in order: numbers, then NaN, then absent; ties newest first. */
export function naiveRuns(
  runs: readonly { readonly run: ExperimentRun; readonly points: readonly MetricPoint[] }[],
  orderBy: string,
): string[] {
  const sign = orderBy.endsWith('desc') ? -1 : 1
  const rows = runs.map(({ run, points }) => {
    const latest = orderBy === 'started' ? undefined : naiveLatest(points, 'm')
    return { run, latest, rank: latest === undefined ? 2 : Number.isNaN(latest) ? 1 : 0 }
  })
  rows.sort(
    (a, b) =>
      a.rank - b.rank ||
      (a.rank === 0 ? sign * byValue(a.latest ?? 0, b.latest ?? 0) : 0) ||
      byBig(b.run.startedAt, a.run.startedAt) ||
      byText(b.run.id, a.run.id),
  )
  return rows.map(({ run }) => run.id)
}
