import type { DeploymentData } from '../definitions/index.ts'
import type { StepPlan } from '../pipelines/index.ts'
import { actionStep } from './action-step.ts'
import type { Applied } from './closures.ts'
import type { CompileFacts, PipelineOutline } from './compile-pipelines.ts'

const suffix = '-thresholds'

/** For a deployment with a rule: on the schedule of its model. */
export function thresholdsOutline(
  project: Applied,
  { name, model, action }: DeploymentData,
): readonly PipelineOutline[] {
  if (action?.rule === undefined) return []
  return [
    {
      name: `${name}${suffix}`,
      title: `Suggest thresholds of ${name}`,
      model: null,
      schedule: project.get('model', model).schedule,
    },
  ]
}

/** The deployment whose thresholds a pipeline suggests; undefined for other pipelines. */
export function thresholdsBy(project: Applied, pipeline: string): DeploymentData | undefined {
  if (!pipeline.endsWith(suffix)) return undefined
  const name = pipeline.slice(0, -suffix.length)
  return project.byRef.has(`deployment:${name}`) ? project.get('deployment', name) : undefined
}

/** Never reused: what was applied and what is known of it has changed. */
export function thresholdsStep({ name }: DeploymentData, { code }: CompileFacts): StepPlan {
  const step = actionStep({
    id: 'thresholds',
    title: 'Run the rule on the newest rows, and suggest what would move',
    action: 'thresholds.suggest',
    code,
    params: { deployment: name },
    outputs: { thresholds: 'file', suggested: 'json' },
  })
  return { ...step, reusable: false }
}
