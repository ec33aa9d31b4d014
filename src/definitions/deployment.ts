import type { Duration } from '../kernel/time.ts'
import { type Contract, contractData } from './contracts.ts'
import { located } from './located.ts'
import type { DeploymentData, Descriptive } from './model.ts'
import type { ModelDefinition } from './model-definition.ts'
import type { ContractData, FairnessData, PurposeData, ReasonTableData, SliceData } from './release-terms.ts'
import type { FallbackLinkData, FeedbackData, HoldbackData, RolloutData } from './rollout-terms.ts'
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

/**
 * The score that is answered, marked degraded, when the model cannot answer and neither can the links before it:
 * `constant(0.2, former(), rule(…))`.
 */
export function constant(score: number, ...before: readonly FallbackLinkData[]): DeploymentData['fallback'] {
  return Object.freeze({
    kind: 'constant',
    score,
    ...(before.length > 0 ? { before: Object.freeze(before) } : {}),
  })
}

export interface DeploymentOptions<Request extends object> extends Descriptive {
  readonly model: ModelDefinition<string, Request>
  readonly action?: NonNullable<DeploymentData['action']>
  readonly fallback: DeploymentData['fallback']
  /** From receipt to reply. Default 500ms. */
  readonly deadline?: Duration
  /** 'written' survives the death of the process (default), 'synced' the loss of power. */
  readonly log?: DeploymentData['log']
  /** Column of the training set that names the unit which repeats, a customer say. Default: every row stands alone. */
  readonly entity?: string
  /** Rows that are looked at by themselves, by the contracts and on every page. */
  readonly slices?: readonly SliceData[]
  /** What must hold before a release may serve. */
  readonly contracts?: readonly (Contract | ContractData)[]
  readonly costs?: NonNullable<DeploymentData['costs']>
  /** Why it exists and the number it is judged by. Without it no release may be ramped in production. */
  readonly purpose?: PurposeData
  /** Sentences for the reasons of a decision. */
  readonly reasons?: ReasonTableData
  readonly fairness?: FairnessData
  /** How a release replaces another; absent: at once, when somebody deploys it. */
  readonly rollout?: RolloutData
  /** Units that never get the model, so that its worth can be measured. */
  readonly holdback?: HoldbackData
  /** What may be said of its predictions afterwards. */
  readonly feedback?: readonly FeedbackData[]
}

/** A model behind an endpoint, with what it does and what happens when it cannot. */
export function deployment<const Name extends string, Request extends object>(
  name: Name,
  options: DeploymentOptions<Request>,
): DeploymentDefinition<Name, Request> {
  const { model, fallback, deadline, log, contracts, ...rest } = options
  return located({
    kind: 'deployment',
    name,
    ...rest,
    ...(contracts ? { contracts: contracts.map(contractData) } : {}),
    model: model.name,
    fallback,
    deadline: canonicalDuration(deadline ?? '500ms'),
    log: log ?? 'written',
  })
}
