import { parseRunOrder, type TrackedRun } from '../../experiments/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import {
  experimentRunToWire,
  experimentToWire,
  logBatchFromWire,
  metricPointToWire,
} from '../map/tracking.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type TrackingRoutes =
  | 'experiments'
  | 'experimentRuns'
  | 'createExperimentRun'
  | 'experimentRun'
  | 'logBatch'
  | 'finishExperimentRun'
  | 'addArtifacts'
  | 'metricHistory'
  | 'object'

/** Experiments by name and runs as steps log them. */
export function trackingHandlers(
  { tracking, objects }: Pick<Services, 'tracking' | 'objects'>,
  clock: Clock,
): Pick<Handlers, TrackingRoutes> {
  const { experiments, runs, artifacts } = tracking
  const withExperiment = async (run: TrackedRun) =>
    experimentRunToWire(run, (await experiments.get(run.experiment)).name)
  return {
    experiments: async ({ query }) => {
      const page = await experiments.search({
        ...withoutUndefined(query),
        ...{ view: 'active', orderBy: ['creation_time DESC'] },
      })
      const statistics = await experiments.statistics(page.items.map(({ id }) => id))
      // Default is always there: it is shown once it is used.
      const items = page.items.filter(({ id }) => id !== '0' || statistics.has(id))
      return pageToWire({ ...page, items }, each => experimentToWire(each, statistics.get(each.id)))
    },
    experimentRuns: async ({ params: { name }, query: { orderBy, ...page } }) => {
      const experiment = await experiments.getByName(name)
      const found = await runs.select({
        ...withoutUndefined(page),
        ...{ experiments: [experiment.id], view: 'active', columns: [], orderBy: orderOf(orderBy) },
      })
      const items = await runs.many(found.items.map(({ id }) => id))
      return pageToWire({ ...found, items }, run => experimentRunToWire(run, name))
    },
    createExperimentRun: async ({ body, principal }) => {
      const { id: experiment } = await experiments.ensure(body.experiment, principal)
      const run = { ...withoutUndefined(body), experiment, startedAt: clock.nowMicros() }
      return experimentRunToWire(await runs.create(run, principal), body.experiment)
    },
    experimentRun: async ({ params }) => {
      const run = await runs.get(params.id)
      const files = await artifacts.all({ kind: 'run', id: run.id })
      const entries = files.map(({ path, hash, bytes }) => ({ path, hash, bytes }))
      return { ...(await withExperiment(run)), artifacts: entries }
    },
    logBatch: async ({ params, body, principal }) => {
      await runs.log(params.id, logBatchFromWire(body, clock.nowMicros()), principal)
      return {}
    },
    finishExperimentRun: async ({ params: { id }, body: { state }, principal }) => {
      const { status } = await runs.head(id)
      if (status !== state) {
        if (status !== 'running' && status !== 'scheduled')
          throw new FettleError('RUN_FINISHED', `Run ${id} has ended as ${status} and cannot end as ${state}`)
        await runs.update(id, { status: state, endedAt: clock.nowMicros() }, principal)
      }
      return withExperiment(await runs.get(id))
    },
    addArtifacts: async ({ params, body, principal }) => {
      await artifacts.add({ kind: 'run', id: params.id }, body.entries, principal)
      return {}
    },
    metricHistory: async ({ params, query: { key } }) => {
      const points = []
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await runs.history({
          run: params.id,
          key,
          limit: historyPage,
          ...(cursor && { cursor }),
        })
        points.push(...page.items.map(metricPointToWire))
        cursor = page.next
      }
      return { key, points }
    },
    object: ({ params }) => objects.getBytes(params.hash),
  }
}

const historyPage = 25_000

/** The order of this list as an order of a search. */
function orderOf(text?: string): readonly string[] {
  const order = parseRunOrder(text)
  if (order.by === 'started') return []
  return [`metrics.\`${order.key}\` ${order.direction.toUpperCase()}`]
}
