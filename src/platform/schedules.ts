import type { Clock } from '../kernel/clock.ts'
import { formatTimestamp } from '../kernel/time.ts'
import { createTicker, type PipelineService, type Ticker } from '../pipelines/index.ts'
import type { ProjectsService } from '../projects/index.ts'

export interface ScheduleParts {
  readonly projects: Pick<ProjectsService, 'schedules' | 'compilePipeline'>
  readonly pipelines: Pick<PipelineService, 'startRun'>
  readonly clock: Clock
  /** A replayed project lives at its own instant: its runs are as of that one. */
  readonly replayed: boolean
  onFault(error: unknown): void
}

const lookEveryMs = 5000

/** Starts scheduled pipelines; a run is as of its nominal instant, however late it starts. */
export function scheduleTicker({ projects, pipelines, clock, replayed, onFault }: ScheduleParts): Ticker {
  return createTicker({
    clock,
    schedules: () => projects.schedules(),
    start: async ({ schedule, nominal, key }) => {
      const params = replayed ? {} : { asOf: formatTimestamp(nominal) }
      const plan = await projects.compilePipeline(schedule.pipeline, { params, reuse: 'unchanged' })
      await pipelines.startRun(plan, { principal: { name: 'schedule' }, idempotencyKey: key })
    },
    onFault,
    everyMs: lookEveryMs,
  })
}
