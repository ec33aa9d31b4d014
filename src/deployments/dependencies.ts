import type { DeploymentData } from '../definitions/index.ts'
import type { AppliedThreshold, CellHistory } from '../evaluation/index.ts'
import type { AuditStore, Principal, ReceiptSigner } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { UnitOfWork } from '../kernel/unit-of-work.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import type { ModelVersion, RegistryStore, Release, WebhookStore } from '../registry/index.ts'
import type { ReleaseDefinitions } from './build-release.ts'
import type { JudgedSet } from './gate/judge-params.ts'
import type { PlannedDeployment } from './planning/plan-deployment.ts'
import type { DataPlane, DeploymentStore, ReleaseFolder, StoredVerdict } from './ports.ts'
import type { Rollouts } from './rollouts/service.ts'

export interface DeploymentsDependencies {
  readonly uow: UnitOfWork<{
    readonly deployments: DeploymentStore
    readonly registry: RegistryStore
    readonly webhooks: WebhookStore
    readonly audit: AuditStore
  }>
  readonly clock: Clock
  readonly releases: ReleaseFolder
  readonly dataPlane: DataPlane
  readonly objects: Pick<ObjectStore, 'putBytes' | 'getBytes'>
  /** Signs verdict pages with the project's key. */
  readonly signer: ReceiptSigner
  /** Deployments as defined and applied. */
  definedDeployments(): Promise<readonly DeploymentData[]>
  /** What the release takes from the project; throws UNKNOWN_DEPLOYMENT. */
  releaseDefinitions(deployment: string): Promise<ReleaseDefinitions>
  /** selfTest and tolerance as the trainer wrote them. */
  modelFacts(
    version: ModelVersion,
  ): Promise<{ readonly selfTest: Release['selfTest']; readonly tolerance: number }>
  /**
   * Held-out rows a version is judged on: of the set it was trained beside, of one that is named, or of the newest that holds
   * the same splits out. Null where none are known.
   */
  judgedSet(
    definitions: ReleaseDefinitions,
    version: ModelVersion,
    rows?: 'newest' | (string & {}),
  ): Promise<JudgedSet | null>
  /** What a rule of thresholds is told of its deployment beside the rows. */
  thresholdFacts(deployment: DeploymentData): Promise<ThresholdFacts>
  /** What the rows held out of the newest build of the set say of the declared cells; null before there is a build. */
  heldOutCells(planned: PlannedDeployment): Promise<readonly CellHistory[] | null>
  /** Throws where the files of a version are not those that somebody trusted has signed. */
  assertSigned(version: ModelVersion, principal: Principal): Promise<void>
  /** The signatures of a version, as files that stand beside its own. */
  signaturesOf(version: ModelVersion): Promise<Readonly<Record<string, string>>>
  /** A version was released: its card is kept as it is now. */
  freezeCard(version: ModelVersion): Promise<void>
  /** Runs the release pipeline of a version to its end and hands back what the gate said. */
  runGate(request: GateRequest): Promise<StoredVerdict>
  /** Where rollouts are kept; absent: every deploy replaces at once. */
  readonly rollouts?: () => Pick<Rollouts, 'start' | 'replace' | 'isLogged'>
  /** How long a deploy waits for the data plane to be ready. */
  readonly readyWithinMs: number
}

export interface ThresholdFacts {
  /** Who wrote the rule. */
  readonly author: string
  /** The day, UTC, and the instant the project lives at, RFC 3339. */
  readonly cycle: string
  readonly asOf: string
  /** When the next suggestions come, RFC 3339. */
  readonly expiresAt: string
  /** Thresholds of this rule that serve and whose outcome is not known, by the model they were chosen for. */
  applied(chosenFor: {
    readonly ruleHash: string
    readonly model: string
  }): Promise<readonly AppliedThreshold[]>
}

export interface GateRequest {
  readonly deployment: string
  readonly version: number
  readonly principal: Principal
}
