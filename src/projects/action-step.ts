import type { Json } from '../kernel/canonical.ts'
import type { StepPlan } from '../pipelines/index.ts'

/** A step whose body is an action of the platform. */
export interface ActionStep {
  readonly id: string
  readonly title: string
  readonly action: string
  readonly params: unknown
  readonly outputs: StepPlan['outputs']
  readonly inputs?: StepPlan['inputs']
  readonly after?: readonly string[]
  readonly environment?: string
  readonly code: string
  readonly maxRuntime?: string
}

/** The step as a run plan stores it; reusable, and tried again when the platform fails. */
export function actionStep({
  id,
  title,
  action,
  params,
  outputs,
  inputs,
  after,
  environment,
  code,
  maxRuntime,
}: ActionStep): StepPlan {
  return {
    id,
    title,
    body: { kind: 'action', action },
    code,
    environment: environment ?? 'none',
    params: params as Json,
    inputs: inputs ?? {},
    outputs,
    after: after ?? [],
    reusable: true,
    maxRuntime: maxRuntime ?? '6h',
    retry: { infra: 5, user: 0 },
  }
}
