import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { EvidenceCollector } from '../evidence/model.ts'
import type { LoggedRollout } from './fold-deployment.ts'
import type { KillLevel, RolloutEvent, RolloutStore } from './model.ts'

type DeploymentStores = DeploymentsDependencies['uow'] extends UnitOfWork<infer Stores> ? Stores : never

export type RolloutStores = DeploymentStores & { readonly rollouts: RolloutStore }

/** One turn of a kill switch on a serving host. */
export interface LocalKill {
  readonly deployment: string
  /** RFC 3339. */
  readonly at: string
  readonly level: KillLevel | 'lift'
  readonly by: string
}

export interface RolloutsDependencies
  extends Pick<
    DeploymentsDependencies,
    | 'clock'
    | 'releases'
    | 'dataPlane'
    | 'releaseDefinitions'
    | 'definedDeployments'
    | 'assertSigned'
    | 'signaturesOf'
    | 'freezeCard'
    | 'readyWithinMs'
  > {
  readonly uow: UnitOfWork<RolloutStores>
  /** Deploys do not replace at once, and no rollout starts a canary without a purpose. */
  readonly production: boolean
  /** Looks at the traffic of a deployment; null where nothing can be measured. */
  collectorOf(deployment: string): Promise<EvidenceCollector | null>
  /** Puts what a person may decide into the inbox; the same again changes nothing. */
  suggest(suggestion: SuggestedStep): Promise<void>
  /** What was switched on serving hosts, oldest first. */
  localKills(): Promise<readonly LocalKill[]>
  /** A person lifted what a host had set. */
  liftLocal(deployment: string, by: string): Promise<void>
  /** How long a command waits for the routers before it goes on without them. */
  readonly followedWithinMs: number
}

export interface SuggestedStep {
  readonly deployment: string
  readonly rollout: LoggedRollout
  readonly event: RolloutEvent
  readonly reason: string
  readonly look: string | null
}
