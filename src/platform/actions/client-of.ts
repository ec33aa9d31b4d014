import { createStepClient } from '../../client/step-client.ts'
import type { ActionContext } from '../../pipelines/index.ts'
import type { StepDependencies } from '../step-actions.ts'

/** The control plane as the step sees it: what is told there is told in the step's name. */
export function clientOf(
  { url, token }: StepDependencies,
  { run, step }: ActionContext,
): ReturnType<typeof createStepClient> {
  return createStepClient({ url, token, run, step })
}
