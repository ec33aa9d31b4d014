import type { DeploymentData } from '../definitions/index.ts'
import type { AuditStore, Principal, ReceiptSigner } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { UnitOfWork } from '../kernel/unit-of-work.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import type { ModelVersion, RegistryStore, Release, WebhookStore } from '../registry/index.ts'
import type { ReleaseDefinitions } from './build-release.ts'
import type { JudgedSet } from './gate/judge-params.ts'
import type { DataPlane, DeploymentStore, ReleaseFolder, StoredVerdict } from './ports.ts'

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
  /** Held-out rows a version is judged on; null where none are known. */
  judgedSet(definitions: ReleaseDefinitions, version: ModelVersion): Promise<JudgedSet | null>
  /** Throws where the files of a version are not those that somebody trusted has signed. */
  assertSigned(version: ModelVersion, principal: Principal): Promise<void>
  /** The signatures of a version, as files that stand beside its own. */
  signaturesOf(version: ModelVersion): Promise<Readonly<Record<string, string>>>
  /** A version was released: its card is kept as it is now. */
  freezeCard(version: ModelVersion): Promise<void>
  /** Runs the release pipeline of a version to its end and hands back what the gate said. */
  runGate(request: GateRequest): Promise<StoredVerdict>
  /** How long a deploy waits for the data plane to be ready. */
  readonly readyWithinMs: number
}

export interface GateRequest {
  readonly deployment: string
  readonly version: number
  readonly principal: Principal
}
