import { FettleError } from '../../kernel/errors/index.ts'
import { compareInTime, type SeriesPoint } from '../series/order.ts'
import { createStepSample } from '../series/sample-steps.ts'
import { drawCurve } from './draw-curve.ts'
import { invalid } from './limits.ts'
import type { MetricPoint, SeriesSummary } from './model.ts'
import type { StoredRun, StoredSeries, TrackingStore } from './ports.ts'
import { eachInside, pointAt, readParts, type SeriesPart } from './read-parts.ts'
import { type PointBounds, readPoints } from './read-points.ts'
import { unknownRun } from './refusals.ts'
import type { TrackedRuns } from './service.ts'

type MetricReads = Pick<TrackedRuns, 'history' | 'summaries' | 'curve' | 'historyAtSteps'>

const historyLimit = 50_000
const mostAtSteps = 25_000
const mostRunsAtSteps = 100
const mostSteps = 2_500
const mostPixels = 10_000

/** Reads of metric series. */
export function createMetricReads(store: TrackingStore): MetricReads {
  async function findRun(id: string): Promise<StoredRun> {
    const [run] = await store.runs.find([id])
    if (run === undefined) throw unknownRun(id)
    return run
  }
  const points = async (
    run: StoredRun,
    name: string,
    bounds: PointBounds & { readonly first?: number; readonly after?: SeriesPoint } = {},
  ) => {
    const key = (await store.keyIds([name])).get(name)
    return key === undefined ? [] : readPoints(store, { run, key, ...bounds })
  }
  const parts = async (run: StoredRun, name: string, bounds: PointBounds = {}) => {
    const key = (await store.keyIds([name])).get(name)
    return key === undefined ? [] : readParts(store, { run, key, ...bounds })
  }
  return {
    async history({ run: id, key, limit = 50, cursor }) {
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > historyLimit)
        invalid(`Invalid value ${limit} for parameter 'max_results' supplied: 1 to ${historyLimit} are given`)
      const run = await findRun(id)
      const after = cursor === undefined ? undefined : readPlace(cursor, id, key)
      const found = await points(run, key, { first: limit + 1, ...(after === undefined ? {} : { after }) })
      const items = found.slice(0, limit).map(point => ({ key, ...point }))
      const last = items.at(-1)
      return found.length > limit && last !== undefined
        ? { items, next: writePlace(last, id, key) }
        : { items }
    },
    async summaries(id, keys) {
      const run = await findRun(id)
      const series = await store.series.ofRuns([run.ref], keys)
      return (series.get(run.ref) ?? []).map(toSummary)
    },
    async curve({ run: id, key, axis, pixels, from, to }) {
      if (!Number.isSafeInteger(pixels) || pixels < 1 || pixels > mostPixels)
        invalid(`Invalid value ${pixels} for parameter 'pixels' supplied: 1 to ${mostPixels} are drawn`)
      const read = await parts(await findRun(id), key, boundsOf(axis, from, to))
      const { points: drawn, of } = drawCurve(read, { axis, pixels })
      return { points: drawn.map(point => ({ key, ...point })), sampled: drawn.length < of, of }
    },
    async historyAtSteps(query) {
      assertStepQuery(query)
      const { key, from, to, limit } = query
      const runs: StoredRun[] = []
      for (const id of query.runs) runs.push(await findRun(id))
      const partsOf = (run: StoredRun) => parts(run, key)
      const chosen = await stepsOfAll(runs, partsOf, {
        ...{ limit },
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      })
      const found: (MetricPoint & { readonly run: string })[] = []
      for (const run of runs)
        for (const point of pointsAt(await partsOf(run), chosen)) found.push({ key, run: run.id, ...point })
      return found
    },
  }
}

/** One run after another is unpacked, and again for its points, so that never more than one is held. */
async function stepsOfAll(
  runs: readonly StoredRun[],
  partsOf: (run: StoredRun) => Promise<readonly SeriesPart[]>,
  bounds: Parameters<typeof createStepSample>[0],
): Promise<ReadonlySet<number>> {
  const sample = createStepSample(bounds)
  for (const run of runs) sample.add(stepsOf(await partsOf(run)))
  return sample.chosen()
}

function stepsOf(parts: readonly SeriesPart[]): Float64Array {
  const steps = new Float64Array(parts.reduce((sum, { points }) => sum + points, 0))
  let size = 0
  for (const part of parts)
    eachInside(part, (columns, index) => {
      steps[size++] = columns.steps[index] ?? 0
    })
  return steps.subarray(0, size)
}

function pointsAt(parts: readonly SeriesPart[], steps: ReadonlySet<number>): readonly SeriesPoint[] {
  const found: SeriesPoint[] = []
  for (const part of parts)
    eachInside(part, (columns, index) => {
      if (steps.has(columns.steps[index] ?? 0)) found.push(pointAt(columns, index))
    })
  return found.sort((a, b) => a.step - b.step || compareInTime(a, b)).slice(0, mostAtSteps)
}

function assertStepQuery({ runs, from, to, limit }: Parameters<TrackedRuns['historyAtSteps']>[0]): void {
  if (runs.length > mostRunsAtSteps) invalid(`run_ids: at most ${mostRunsAtSteps}, not ${runs.length}`)
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostSteps)
    invalid(`Invalid value ${limit} for parameter 'max_results' supplied: 1 to ${mostSteps} are given`)
  if ((from === undefined) !== (to === undefined))
    invalid('If either start step or end step are specified, both must be specified.')
  if (from !== undefined && to !== undefined && from > to)
    invalid(`start_step: ${from} is greater than end_step ${to}`)
}

/** Bounds of a step, or of a time in microseconds. */
function boundsOf(axis: 'step' | 'time', from?: number, to?: number): PointBounds {
  if (axis === 'step')
    return {
      ...(from === undefined ? {} : { fromStep: Math.ceil(from) }),
      ...(to === undefined ? {} : { toStep: Math.floor(to) }),
    }
  return {
    ...(from === undefined ? {} : { fromAt: BigInt(Math.ceil(from)) }),
    ...(to === undefined ? {} : { toAt: BigInt(Math.floor(to)) }),
  }
}

function toSummary(series: StoredSeries & { readonly name: string }): SeriesSummary {
  const named = (point: SeriesPoint): MetricPoint => ({ key: series.name, ...point })
  return {
    key: series.name,
    count: series.points,
    first: named(series.first),
    latest: named(series.latest),
    least: series.least && named(series.least),
    greatest: series.greatest && named(series.greatest),
  }
}

/** The place of a point in a history, bound to its run and key. */
function writePlace({ at, step, value }: SeriesPoint, run: string, key: string): string {
  return Buffer.from(JSON.stringify([run, key, String(at), step, String(value)])).toString('base64url')
}

function readPlace(cursor: string, run: string, key: string): SeriesPoint {
  const [ofRun, ofKey, at, step, value] = placeParts(cursor)
  const isPlace =
    ofRun === run && ofKey === key && /^\d{1,19}$/.test(String(at)) && Number.isSafeInteger(step)
  if (!isPlace)
    throw new FettleError('BAD_REQUEST', 'cursor: not one that this list gave out', {
      hint: 'Start again without a cursor.',
    })
  return { at: BigInt(String(at)), step: Number(step), value: Number(value) }
}

function placeParts(cursor: string): readonly unknown[] {
  try {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown
    return Array.isArray(parts) ? parts : []
  } catch {
    return []
  }
}
