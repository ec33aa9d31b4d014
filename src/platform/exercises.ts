import type { DeploymentData } from '../definitions/index.ts'
import type { PipelineService } from '../pipelines/index.ts'
import type { ProjectsService } from '../projects/index.ts'
import type { ModelVersion } from '../registry/index.ts'

const lookEveryMs = 60_000
const scheduled = 'schedule'

export interface ExerciseParts {
  deployments(): Promise<readonly DeploymentData[]>
  /** Version that serves, by deployment. */
  served(): Promise<Readonly<Record<string, number>>>
  versionsOf(model: string): Promise<readonly Pick<ModelVersion, 'version' | 'pipelineRun'>[]>
  readonly pipelines: Pick<PipelineService, 'listRuns'>
  compile: ProjectsService['compilePipeline']
  startRun: PipelineService['startRun']
  onFault(error: unknown): void
}

/**
 * What a schedule has trained goes through the gate of every deployment of its model, whether or not anybody deploys
 * (releases.md §15); it serves nobody by that. Which training was exercised is read from the runs there are.
 */
export function exerciseDuty(parts: ExerciseParts) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  return {
    look: () => lookForExercises(parts),
    start(): void {
      timer = setInterval(() => {
        running = running.then(() => lookForExercises(parts)).catch(parts.onFault)
      }, lookEveryMs)
      timer.unref()
    },
    async stop(): Promise<void> {
      clearInterval(timer)
      await running
    },
  }
}

async function lookForExercises(parts: ExerciseParts): Promise<void> {
  const served = await parts.served()
  for (const { name, model } of await parts.deployments()) {
    const serving = served[name]
    if (serving === undefined) continue
    const { items } = await parts.pipelines.listRuns({ pipeline: model, state: 'succeeded', limit: 20 })
    const trained = items.find(({ principal }) => principal === scheduled)
    const made = trained && (await parts.versionsOf(model)).filter(each => each.pipelineRun === trained.id)
    const version = made?.at(-1)?.version
    if (trained === undefined || version === undefined || version === serving) continue
    await exercise(parts, { name, version, training: trained.id })
  }
}

async function exercise(
  { pipelines, compile, startRun }: ExerciseParts,
  { name, version, training }: { readonly name: string; readonly version: number; readonly training: string },
): Promise<void> {
  const pipeline = `${name}-release`
  const { items } = await pipelines.listRuns({ pipeline, limit: 100 })
  if (items.some(({ plan }) => plan.params['exercise'] === training)) return
  const plan = await compile(pipeline, { params: { version, exercise: training }, reuse: 'lineage' })
  await startRun(plan, {
    principal: { name: scheduled },
    idempotencyKey: `exercise:${pipeline}:${training}`,
  })
}
