import type { Clock } from '../../kernel/clock.ts'
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

export function trackingHandlers(
  { experiments, objects }: Pick<Services, 'experiments' | 'objects'>,
  clock: Clock,
): Pick<Handlers, TrackingRoutes> {
  return {
    experiments: async ({ query }) =>
      pageToWire(await experiments.list(withoutUndefined(query)), experimentToWire),
    experimentRuns: async ({ params, query }) =>
      pageToWire(
        await experiments.listRuns({ ...withoutUndefined(query), experiment: params.name }),
        experimentRunToWire,
      ),
    createExperimentRun: async ({ body }) =>
      experimentRunToWire(await experiments.startRun(withoutUndefined(body))),
    experimentRun: async ({ params }) => {
      const [run, artifacts] = await Promise.all([
        experiments.getRun(params.id),
        experiments.listArtifacts(params.id),
      ])
      return { ...experimentRunToWire(run), artifacts: artifacts.map(entry => ({ ...entry })) }
    },
    logBatch: async ({ params, body }) => {
      await experiments.log(params.id, logBatchFromWire(body, clock.nowMicros()))
      return {}
    },
    finishExperimentRun: async ({ params, body }) =>
      experimentRunToWire(await experiments.finishRun(params.id, body.state)),
    addArtifacts: async ({ params, body }) => {
      await experiments.addArtifacts(params.id, body.entries)
      return {}
    },
    metricHistory: async ({ params, query }) => {
      const points = await experiments.metricHistory(params.id, query.key)
      return { key: query.key, points: points.map(metricPointToWire) }
    },
    object: ({ params }) => objects.getBytes(params.hash),
  }
}
