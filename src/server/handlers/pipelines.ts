import { formatTimestamp } from '../../kernel/time.ts'
import type { EventFeed } from '../event-stream.ts'
import { fromWireJson } from '../map/json.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import { eventToWire, runSummaryToWire, runToWire } from '../map/pipelines.ts'
import { timestampOrNull } from '../map/time.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type PipelineRoutes = 'pipelines' | 'startRun' | 'runs' | 'run' | 'cancelRun' | 'resumeRun' | 'stepLog'

export function pipelineHandlers({
  pipelines,
  projects,
}: Pick<Services, 'pipelines' | 'projects'>): Pick<Handlers, PipelineRoutes> {
  return {
    pipelines: async () => {
      const described = await projects.listPipelines()
      return {
        items: await Promise.all(
          described.map(async pipeline => ({
            name: pipeline.name,
            title: pipeline.title,
            model: pipeline.model,
            schedule: pipeline.schedule,
            nextAt: timestampOrNull(pipeline.nextAt),
            steps: pipeline.steps.map(step => ({ ...step, needs: [...step.needs] })),
            lastRun: await lastRun(pipelines, pipeline.name),
          })),
        ),
      }
    },
    startRun: async ({ body, principal }) => {
      const params = Object.fromEntries(
        Object.entries(body.params ?? {}).map(([name, value]) => [name, fromWireJson(value)]),
      )
      const plan = await projects.compilePipeline(body.pipeline, { params, reuse: body.reuse ?? 'unchanged' })
      return runToWire(
        await pipelines.startRun(plan, withoutUndefined({ principal, idempotencyKey: body.idempotencyKey })),
      )
    },
    runs: async ({ query }) =>
      pageToWire(await pipelines.listRuns(withoutUndefined(query)), runSummaryToWire),
    run: async ({ params }) => runToWire(await pipelines.getRun(params.id)),
    cancelRun: async ({ params, principal }) => runToWire(await pipelines.cancel(params.id, principal)),
    resumeRun: async ({ params, principal }) => runToWire(await pipelines.resume(params.id, principal)),
    stepLog: async ({ params, query }) => {
      const attempt = query.attempt === undefined ? {} : { attempt: query.attempt }
      const page = await pipelines.readLog({
        run: params.id,
        step: params.step,
        offset: query.offset ?? 0,
        ...attempt,
      })
      return { ...page, lines: page.lines.map(line => ({ ...line, at: timestampOrNull(line.at) })) }
    },
  }
}

async function lastRun(pipelines: Services['pipelines'], pipeline: string) {
  const [run] = (await pipelines.listRuns({ pipeline, limit: 1 })).items
  if (run === undefined) return null
  return {
    id: run.id,
    state: run.state,
    finishedAt: run.finishedAt === null ? null : formatTimestamp(run.finishedAt),
  }
}

/** The run events of the pipelines room as the event stream takes them. */
export function pipelineEvents(pipelines: Services['pipelines']): EventFeed {
  return {
    after: async (seq, limit) => (await pipelines.events(seq, limit)).map(eventToWire),
    latest: () => pipelines.latestEvent(),
    subscribe: ring => pipelines.subscribe(ring),
  }
}
