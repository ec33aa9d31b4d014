import type { StepEnd, StepRun, Tracking } from '../experiments/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { PipelineRun, PipelineService } from '../pipelines/index.ts'

interface LostRunParts {
  readonly tracking: Tracking
  readonly pipelines: Pick<PipelineService, 'getRun'>
  onFault(error: unknown): void
}

/**
 * The end of the attempt that made a run, unless it succeeded: other steps may still log to the run. Else the end of its
 * pipeline run.
 */
export function stepEnd(
  pipelineRun: Pick<PipelineRun, 'state' | 'steps'> | undefined,
  { user, createdAt }: Pick<StepRun, 'user' | 'createdAt'>,
): StepEnd | undefined {
  if (pipelineRun === undefined) return undefined
  const { state, steps } = pipelineRun
  if (state === 'succeeded' || state === 'failed' || state === 'cancelled') return { state }
  const step = steps.find(({ plan }) => user.startsWith('step:') && user.endsWith(`/${plan.id}`))
  const attempt = step?.attempts.findLast(({ startedAt }) => startedAt <= createdAt)
  if (attempt === undefined || attempt.finishedAt === null || attempt.state === 'succeeded') return undefined
  const why = attempt.error === null ? attempt.state : `${attempt.state}: ${attempt.error.message}`
  return { state: attempt.state === 'cancelled' ? 'cancelled' : 'failed', cause: why }
}

const everyMs = 60_000
const sweeper = { name: 'liveness' }

/** Ends, once a minute, the experiment runs that are lost for good or were left behind by a pipeline. */
export function lostRunSweep({ tracking, pipelines, onFault }: LostRunParts) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()

  async function pipelineEnds(runs: readonly StepRun[]) {
    const ends = new Map<string, StepEnd>()
    const found = new Map<string, PipelineRun | undefined>()
    for (const run of runs) {
      const { pipelineRun } = run
      if (!found.has(pipelineRun)) found.set(pipelineRun, await findPipelineRun(pipelines, pipelineRun))
      const end = stepEnd(found.get(pipelineRun), run)
      if (end !== undefined) ends.set(run.id, end)
    }
    return ends
  }

  const sweep = async () => {
    try {
      await tracking.alertLostRuns(sweeper)
      await tracking.endLostRuns(sweeper, pipelineEnds)
    } catch (error) {
      onFault(error)
    }
  }
  return {
    start(): void {
      timer = setInterval(() => {
        running = sweep()
      }, everyMs)
      timer.unref()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}

/** A run that names a pipeline run of another store is let be. */
async function findPipelineRun(
  pipelines: LostRunParts['pipelines'],
  id: string,
): Promise<PipelineRun | undefined> {
  try {
    return await pipelines.getRun(id)
  } catch (error) {
    if (error instanceof FettleError && error.code === 'RUN_UNKNOWN') return undefined
    throw error
  }
}
