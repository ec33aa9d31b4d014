import type { DefinitionKind, Project, PurposeData, ViewImpact } from '../definitions/index.ts'
import type {
  ContractPlan,
  DeploymentsService,
  DeployRequest,
  DrillReport,
  PredictHow,
  RollBackRequest,
  Rollouts,
} from '../deployments/index.ts'
import type {
  Purge,
  RunAlerts,
  SavedViewService,
  SyncService,
  TrackingService,
} from '../experiments/index.ts'
import type { TrainingSetsService } from '../features/index.ts'
import type { AuditEvent, ErasureService, Principal, Suggestions } from '../governance/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Micros } from '../kernel/time.ts'
import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import type { FeedbackService } from '../monitoring/index.ts'
import type { ObjectStore, PipelineRun, RunEvent, RunPlan, RunState } from '../pipelines/index.ts'
import type { CatalogService } from '../projects/index.ts'
import type {
  AliasEvent,
  AliasRequests,
  ModelCards,
  ModelVersion,
  RegisteredModel,
  RegistryRecords,
  SigningService,
  VersionEvaluations,
  WebhookService,
} from '../registry/index.ts'
import type { ReproductionService } from '../reproduction/index.ts'
import type { BatchService } from '../serving/index.ts'
import type { DecisionLogRoom } from './decision-log-room.ts'
import type { Imports } from './handlers/tracking-import.ts'

/**
 * What the server needs from the rooms behind it, in domain data. Everything is passed in by the composition root; each
 * member is satisfied structurally by the service of its room.
 */
export interface Services {
  readonly pipelines: Pipelines
  readonly registry: Registry
  readonly audit: Audit
  readonly objects: Pick<ObjectStore, 'getBytes'>
  readonly projects: Projects
  readonly deployments: Deployments
  readonly rollouts: RolloutRoom
  readonly decisions: Decisions
  readonly decisionLog: DecisionLogRoom
  readonly trainingSets: TrainingSetsService
  readonly erasures: Pick<ErasureService, 'resolve' | 'request' | 'get' | 'list' | 'verify'>
  readonly catalog: CatalogService
  readonly reproductions: Omit<ReproductionService, 'runStarted' | 'plan' | 'versionRegistered'>
  readonly tracking: TrackingService
  readonly records: RegistryRecords
  readonly webhooks: WebhookService
  readonly signing: SigningService
  readonly cards: ModelCards
  readonly evaluations: VersionEvaluations
  readonly feedback: FeedbackRoom
  readonly batch: BatchService
  readonly aliasRequests: AliasRequests
  readonly suggestions: Omit<Suggestions, 'settle'>
  readonly views: SavedViewService
  readonly sync: SyncService
  readonly alerts: RunAlerts
  readonly purge: Purge
  readonly imports: Imports
}

/** Feedback as the control plane knows it, and the way to the data plane that takes it. */
interface FeedbackRoom extends Pick<FeedbackService, 'list' | 'status' | 'performance' | 'ofPrediction'> {
  /** Sends the body to the data port and hands back its answer; errors of the data port come out as they were. */
  send(deployment: string, body: Json): Promise<Json>
}

interface LogLine {
  /** Byte offset of the line's start. */
  readonly offset: number
  readonly at: Micros | null
  readonly stream: 'stdout' | 'stderr' | 'system'
  readonly text: string
}

interface Pipelines {
  startRun(
    plan: RunPlan,
    options: { readonly principal: Principal; readonly idempotencyKey?: string },
  ): Promise<PipelineRun>
  /** With the name of who started it. Throws RUN_UNKNOWN. */
  getRun(id: string): Promise<PipelineRun & { readonly principal: string }>
  listRuns(
    query: PageRequest & { readonly pipeline?: string; readonly state?: RunState },
  ): Promise<Page<PipelineRun>>
  cancel(id: string, principal: Principal): Promise<PipelineRun>
  resume(id: string, principal: Principal): Promise<PipelineRun>
  /** Lines of an attempt (the latest when left out) from a byte offset. Throws RUN_UNKNOWN, STEP_UNKNOWN, ATTEMPT_UNKNOWN. */
  readLog(query: {
    readonly run: string
    readonly step: string
    readonly attempt?: number
    readonly offset: number
  }): Promise<{
    readonly lines: readonly LogLine[]
    readonly next: number
    readonly ended: boolean
  }>
  events(after: number, limit: number): Promise<readonly RunEvent[]>
  latestEvent(): Promise<number>
  subscribe(ring: () => void): () => void
}

export type NewModelVersion = Omit<ModelVersion, 'version' | 'createdAt' | 'digest'> & {
  readonly description?: string
}

export interface Registry {
  listModels(page: PageRequest): Promise<Page<RegisteredModel>>
  getModel(name: string): Promise<RegisteredModel>
  listVersions(model: string): Promise<readonly ModelVersion[]>
  aliases(model: string): Promise<Readonly<Record<string, number>>>
  aliasHistory(model: string): Promise<readonly AliasEvent[]>
  registerVersion(version: NewModelVersion, principal: Principal): Promise<ModelVersion>
  setAlias(
    change: {
      readonly model: string
      readonly alias: string
      readonly version: number
      readonly reason: string
    },
    principal: Principal,
  ): Promise<void>
}

interface Audit {
  list(page: PageRequest & { readonly objectPrefix?: string }): Promise<Page<AuditEvent>>
}

export interface PlanChangeData {
  readonly ref: string
  readonly kind: DefinitionKind
  readonly name: string
  readonly action: 'create' | 'update' | 'describe' | 'delete' | 'none'
  readonly version: number
  readonly breaking: boolean
  readonly diff: readonly string[]
  readonly affects: readonly string[]
  readonly warnings: readonly string[]
  readonly impact?: ViewImpact | null
  /** Of a deployment that declares contracts. */
  readonly contracts?: ContractPlan | null
  readonly location: string | null
}

export interface ProjectPlan {
  readonly id: string
  readonly base: string
  readonly project: string
  readonly changes: readonly PlanChangeData[]
}

export interface DefinitionRecord {
  readonly kind: DefinitionKind
  readonly name: string
  readonly version: number
  readonly description: string
  readonly owner: string | null
  readonly tags: readonly string[]
  readonly appliedAt: Micros
  readonly location: string | null
}

export interface DefinitionRecordDetail extends DefinitionRecord {
  readonly semanticHash: string
  readonly definition: Json
  readonly versions: readonly {
    readonly version: number
    readonly semanticHash: string
    readonly appliedAt: Micros
    readonly by: string
  }[]
  readonly dependsOn: readonly string[]
  readonly usedBy: readonly string[]
  readonly facts: readonly { readonly label: string; readonly value: string; readonly at: Micros | null }[]
}

interface PipelineDescription {
  readonly name: string
  readonly title: string
  readonly model: string | null
  /** When it runs by itself, and the next time; null: only when asked. */
  readonly schedule: string | null
  readonly nextAt: Micros | null
  readonly steps: readonly {
    readonly id: string
    readonly title: string
    readonly needs: readonly string[]
  }[]
}

export interface LineageGraph {
  readonly nodes: readonly {
    readonly id: string
    readonly kind: string
    readonly name: string
    readonly version: number | null
    readonly state: string | null
  }[]
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

interface RecordedFact {
  readonly pipelineRun: string | null
  readonly at: Micros
}

interface Projects {
  /** Name of the applied project, null before the first apply. */
  name(): Promise<string | null>
  plan(project: Project, directory: string): Promise<ProjectPlan>
  apply(request: {
    readonly project: Project
    readonly directory: string
    /** `base` of the plan; STALE_BASE when something was applied since. */
    readonly base: string
    readonly allowDelete: boolean
    readonly principal: Principal
  }): Promise<{
    readonly applied: number
    readonly unchanged: number
    readonly base: string
    readonly changes: readonly PlanChangeData[]
  }>
  listPipelines(): Promise<readonly PipelineDescription[]>
  /** Throws PIPELINE_UNKNOWN. */
  compilePipeline(
    name: string,
    options: { readonly params: Readonly<Record<string, Json>>; readonly reuse: RunPlan['reuse'] },
  ): Promise<RunPlan>
  /** Values of a real recent row by request field, for the try-it form; empty when there is none. */
  exampleRequests(deployment: string): Promise<Readonly<Record<string, Json>>>
  recordMaterialization(
    fact: RecordedFact & { readonly view: string; readonly version: number; readonly report: Json },
  ): Promise<void>
  recordTrainingSetBuild(
    fact: RecordedFact & { readonly name: string; readonly id: string; readonly manifest: Json },
  ): Promise<void>
  recordSkewReport(fact: RecordedFact & { readonly deployment: string; readonly report: Json }): Promise<void>
  latestSkewReport(deployment: string): Promise<(RecordedFact & { readonly report: Json }) | undefined>
  recordCheckReport(fact: RecordedFact & { readonly table: string; readonly report: Json }): Promise<void>
  /** Newest first. */
  listCheckReports(
    table: string,
    limit: number,
  ): Promise<readonly (RecordedFact & { readonly report: Json })[]>
}

export interface DeploymentStatus {
  readonly name: string
  readonly model: string
  readonly release: number | null
  readonly modelVersion: number | null
  readonly state: 'undeployed' | 'loading' | 'ready' | 'degraded' | 'down'
  /** Why it is not ready, where the serving process says so. */
  readonly problem?: string | undefined
  readonly deployedAt: Micros | null
  readonly predictUrl: string | null
}

export interface DeploymentDetail extends DeploymentStatus {
  readonly request: readonly {
    readonly name: string
    readonly type: string
    readonly role: 'key' | 'request'
    readonly nullable: boolean
    readonly description: string | null
  }[]
  readonly vector: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]
  /** Of what serves; `segments` where its release has thresholds by segment. */
  readonly action: {
    readonly name: string
    readonly threshold: number
    readonly segments: {
      readonly per: string
      readonly count: number
      readonly lowest: number
      readonly highest: number
    } | null
  } | null
  readonly fallback: Json
  readonly purpose: PurposeData | null
  /** Those that served, newest first. */
  readonly releases: readonly {
    readonly number: number
    readonly digest: string
    readonly model: string
    readonly modelVersion: number
    readonly deployedAt: Micros
    readonly by: string
  }[]
  readonly traffic: {
    readonly predictions: number
    readonly degraded: number
    readonly p50Ms: number | null
    readonly p99Ms: number | null
    readonly since: Micros
  } | null
}

interface RolloutRoom extends Omit<Rollouts, 'isLogged' | 'replace' | 'drilled' | 'controller'> {
  /** Rehearses a rollback in an isolated copy. Throws ILLEGAL_TRANSITION where there is no way back. */
  drill(deployment: string): Promise<DrillReport>
}

interface Deployments
  extends Pick<
    DeploymentsService,
    | 'releases'
    | 'releaseToServe'
    | 'release'
    | 'judged'
    | 'contracts'
    | 'prepareRelease'
    | 'prepareThresholds'
    | 'createRelease'
    | 'concludeRelease'
    | 'verifyPage'
    | 'purpose'
    | 'recordPurposeValue'
  > {
  list(): Promise<readonly DeploymentStatus[]>
  /** Throws UNKNOWN_DEPLOYMENT. */
  get(name: string): Promise<DeploymentDetail>
  deploy(request: DeployRequest): Promise<DeploymentDetail>
  /** Throws RELEASE_UNKNOWN, ILLEGAL_TRANSITION. */
  rollBack(request: RollBackRequest): Promise<DeploymentDetail>
  /** Sends the body to the data port and hands back its answer; errors of the data port come out as they were. */
  predict(name: string, body: Json, how?: PredictHow): Promise<Json>
}

export interface DecisionSummary {
  readonly predictionId: string
  readonly deployment: string
  readonly decidedAt: Micros
  readonly asOf: Micros
  readonly entity: Readonly<Record<string, Json>>
  readonly score: number
  readonly action: string | null
  readonly servedBy: string
  readonly release: number
}

export interface ExplainedDecision extends DecisionSummary {
  readonly requestId: string
  readonly model: string
  readonly modelVersion: number
  readonly digest: string
  readonly features: readonly {
    readonly name: string
    readonly type: string
    readonly value: Json
    readonly state: string
    readonly eventTime: Micros | null
    readonly contribution: number | null
  }[]
  readonly baseline: number | null
  readonly rawScore: number
  readonly threshold: number | null
  readonly segment: string | null
  readonly reasons: readonly string[]
  /** Who stands for the reasons, and in which version; absent where nobody reviewed them. */
  readonly reviewed?: { readonly reviewedBy: string; readonly version: string }
  readonly latencyMicros: Readonly<Record<string, number>>
  readonly degradedReasons: readonly string[]
  readonly logged: { readonly segment: string; readonly offset: number }
}

interface Decisions {
  latest(deployment: string, page: PageRequest): Promise<Page<DecisionSummary>>
  /** Throws DECISION_UNKNOWN. */
  explain(predictionId: string): Promise<ExplainedDecision>
}
