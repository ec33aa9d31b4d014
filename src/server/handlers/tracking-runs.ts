import { compareRuns, type TrackingService } from '../../experiments/index.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import { timestampOrNull } from '../map/time.ts'
import { metricPointToWire } from '../map/tracking.ts'
import {
  comparisonToWire,
  runRowToWire,
  summaryToWire,
  trackedExperimentToWire,
  trackedRunToWire,
} from '../map/tracking-runs.ts'
import type { Handlers } from '../route-handlers.ts'

type RunRoutes =
  | 'trackedExperiments'
  | 'trackedExperiment'
  | 'selectRuns'
  | 'countRuns'
  | 'runKeys'
  | 'trackedRun'
  | 'changeRun'
  | 'removeRun'
  | 'restoreRun'
  | 'runMetrics'
  | 'runCurve'
  | 'compareRuns'

const defaultKeys = 50
const defaultPixels = 600

export function runHandlers({ tracking }: { readonly tracking: TrackingService }): Pick<Handlers, RunRoutes> {
  const { experiments, runs } = tracking
  return {
    trackedExperiments: async ({ query }) => {
      const { lifecycle: view = 'active', ...search } = withoutUndefined(query)
      const page = await experiments.search({ ...search, view })
      const statistics = await experiments.statistics(page.items.map(({ id }) => id))
      // Default is always there: it is shown once it is used.
      const used = page.items.filter(({ id }) => id !== '0' || statistics.has(id))
      return pageToWire({ ...page, items: used }, each => {
        const { runs: count = 0, lastRunAt = null } = statistics.get(each.id) ?? {}
        return { ...trackedExperimentToWire(each), runCount: count, lastRunAt: timestampOrNull(lastRunAt) }
      })
    },
    trackedExperiment: async ({ params }) =>
      trackedExperimentToWire(await experiments.getByName(params.name)),
    selectRuns: async ({ body }) => {
      const { lifecycle: view = 'active', ...query } = withoutUndefined(body)
      return pageToWire(await runs.select({ ...query, view }), runRowToWire)
    },
    countRuns: async ({ body }) => {
      const { lifecycle: view = 'active', precision = 'about', ...query } = withoutUndefined(body)
      return { ...(await runs.count({ ...query, view, precision })) }
    },
    runKeys: async ({ query }) => {
      const { experiments: ids, limit = defaultKeys, ...rest } = withoutUndefined(query)
      const keys = await runs.keys({ ...rest, experiments: ids.split(','), limit: limit + 1 })
      return { keys: keys.slice(0, limit), more: keys.length > limit }
    },
    trackedRun: async ({ params }) => runPage(tracking, params.id),
    changeRun: async ({ params: { id }, body: { name, tags = {} }, principal }) => {
      const entries = Object.entries(tags)
      const set = entries.flatMap(([key, value]) => (value === null ? [] : [{ key, value }]))
      if (set.length > 0) await runs.log(id, { tags: set }, principal)
      for (const [key, value] of entries) if (value === null) await runs.removeTag(id, key, principal)
      if (name !== undefined) await runs.update(id, { name }, principal)
      return runPage(tracking, id)
    },
    removeRun: async ({ params, principal }) => {
      await runs.remove(params.id, principal)
      return {}
    },
    restoreRun: async ({ params, principal }) => {
      await runs.restore(params.id, principal)
      return {}
    },
    runMetrics: ({ params: { id }, query }) => metricsPage(tracking, id, withoutUndefined(query)),
    runCurve: async ({ params: { id }, query }) => {
      const { key, axis = 'step', pixels = defaultPixels, from, to } = query
      // Times are milliseconds on the wire, and microseconds within.
      const unit = axis === 'time' ? 1000 : 1
      const range = withoutUndefined({ from: from && from * unit, to: to && to * unit })
      const { points, sampled, of } = await runs.curve({ run: id, key, axis, pixels, ...range })
      return { run: id, key, points: points.map(metricPointToWire), sampled, of }
    },
    compareRuns: async ({ body }) => comparisonToWire(await compareRuns(runs, withoutUndefined(body))),
  }
}

async function runPage({ experiments, loggedModels, runs }: TrackingService, id: string) {
  const [run, { total: metricCount }] = await Promise.all([
    runs.outline(id),
    runs.metricNames({ run: id, limit: 0 }),
  ])
  const [{ name: experimentName }, ...models] = await Promise.all([
    experiments.get(run.experiment),
    ...run.modelOutputs.map(({ modelId }) => loggedModels.get(modelId).catch(() => undefined)),
  ])
  const known = models.flatMap(model => (model === undefined ? [] : [[model.id, model] as const]))
  return trackedRunToWire(run, { experimentName, metricCount, models: new Map(known) })
}

interface MetricsQuery {
  readonly contains?: string
  /** The key the page before ended with. */
  readonly cursor?: string
  readonly limit?: number
}

/** Ten thousand metrics are some megabytes: only those of a page are summed up. */
async function metricsPage(
  { runs }: TrackingService,
  run: string,
  { contains = '', cursor, limit = 100 }: MetricsQuery,
) {
  const after = cursor === undefined ? {} : { after: cursor }
  const { names, total } = await runs.metricNames({ run, contains, ...after, limit: limit + 1 })
  const shown = names.slice(0, limit)
  const items = shown.length === 0 ? [] : await runs.summaries(run, shown)
  const last = names.length > limit ? shown.at(-1) : undefined
  return { items: items.map(summaryToWire), total, ...(last === undefined ? {} : { next: last }) }
}
