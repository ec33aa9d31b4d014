import type { Duration } from '../kernel/time.ts'
import { located } from './located.ts'
import type { DeploymentData, Descriptive } from './model.ts'
import type { ModelDefinition } from './model-definition.ts'
import { canonicalDuration } from './source.ts'

/** A live service. `Request` is what a caller sends: entity keys and request fields. */
export interface DeploymentDefinition<Name extends string = string, Request extends object = object>
  extends DeploymentData {
  readonly name: Name
  /** Type level only. */
  readonly __request?: Request
}

/** What a caller of the deployment sends for one row. */
export type RequestOf<Deployment> =
  Deployment extends DeploymentDefinition<string, infer Request> ? Request : never

/** The score that is answered, marked degraded, when the model cannot answer. */
export function constant(score: number): DeploymentData['fallback'] {
  return Object.freeze({ kind: 'constant', score })
}

/** Acts, under this name, iff the score is above the threshold. */
export function threshold(
  name: string,
  above: number,
): { readonly name: string; readonly threshold: number } {
  return Object.freeze({ name, threshold: above })
}

export interface DeploymentOptions<Request extends object> extends Descriptive {
  readonly model: ModelDefinition<string, Request>
  readonly action?: { readonly name: string; readonly threshold: number }
  readonly fallback: DeploymentData['fallback']
  /** From receipt to reply. Default 500ms. */
  readonly deadline?: Duration
  /** 'written' survives the death of the process (default), 'synced' the loss of power. */
  readonly log?: DeploymentData['log']
}

/** A model behind an endpoint, with what it does and what happens when it cannot. */
export function deployment<const Name extends string, Request extends object>(
  name: Name,
  options: DeploymentOptions<Request>,
): DeploymentDefinition<Name, Request> {
  const { model, action, fallback, deadline, log, ...descriptive } = options
  return located({
    kind: 'deployment',
    name,
    ...descriptive,
    model: model.name,
    ...(action === undefined ? {} : { action }),
    fallback,
    deadline: canonicalDuration(deadline ?? '500ms'),
    log: log ?? 'written',
  })
}
