import type { PredicateData, RolloutData } from '../../definitions/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { StageEvidence } from '../evidence/model.ts'
import type { RolloutState } from './fold.ts'
import type { BucketRange } from './traffic-ranges.ts'

export type RolloutEvent =
  | 'verify_passed'
  | 'start_shadow'
  | 'first_release'
  | 'start_canary'
  | 'step_up'
  | 'start_probation'
  | 'confirm'
  | 'superseded'
  | 'hold'
  | 'resume'
  | 'abort'
  | 'roll_back'
  | 'reinstated'
  | 'step_down'

/**
 * Rows about the whole deployment: an overlay on the weights (K1–K3), and what a rule may start at all. `terms_set`: how the
 * next rollouts go, and how units are drawn. `replaced`: a release serves all at once, outside the table: what served before
 * the log began, or a deploy that does not wait. `standby_ended`: a former champion is kept warm no longer.
 */
export type DeploymentEvent =
  | 'kill_set'
  | 'kill_lifted'
  | 'incident_opened'
  | 'incident_closed'
  | 'terms_set'
  | 'replaced'
  | 'standby_ended'

export type KillLevel = 'challengers' | 'model' | 'closed'

/** What a deployment declares of its rollouts, every default filled in; in the log, so that weights follow from it alone. */
export interface RolloutTerms {
  readonly shadow: string
  readonly shadowShare: number
  readonly shadowFeatures: 'same' | 'own'
  readonly canary: readonly number[]
  readonly stepTime: readonly string[]
  readonly probation: string
  readonly standby: string
  readonly probationLimit: string
  readonly look: string
  readonly unit: readonly string[]
  readonly advance: 'person' | 'rule'
  readonly approvals: number
  readonly pins: NonNullable<RolloutData['pins']>
  readonly exclude: readonly PredicateData[]
  /** `digest` null: the fallback chain answers who is held back. */
  readonly holdback: { readonly percent: number; readonly digest: string | null } | null
}

export interface RolloutActorData {
  readonly kind: 'person' | 'rule' | 'system' | 'local-kill'
  /** Principal, or `<rule id>@<code hash>`. */
  readonly name: string
  /** Level of autonomy the rule had. */
  readonly level?: string
}

/**
 * One row of a deployment's append-only log. Everything that routes follows from these rows alone; a row is committed before
 * any router acts on it. `hash` = SHA-256 of the canonical JSON of the row without it, `prevHash` included.
 */
export interface RolloutLogRow {
  /** 1, 2, 3 … per deployment, without gaps. */
  readonly seq: number
  readonly deployment: string
  /** `rol_…`; null for rows about the deployment. */
  readonly rollout: string | null
  readonly release: number | null
  readonly digest: string | null
  readonly event: RolloutEvent | DeploymentEvent
  readonly from: RolloutState | null
  readonly to: RolloutState | null
  readonly heldFrom: RolloutState | null
  /** Index of the canary step after this row; null outside. */
  readonly step: number | null
  /** Percent of traffic after this row. */
  readonly weight: number
  /** Who owns which buckets after this row: arm name (`<rollout id>`, `control`) → ranges, in the order they were taken. */
  readonly ranges: Readonly<Record<string, readonly BucketRange[]>>
  /** `<deployment>-<epoch>`. */
  readonly salt: string
  readonly kill?: KillLevel
  /** Of `terms_set`. */
  readonly terms?: RolloutTerms
  readonly actor: RolloutActorData
  /** `harm`, `guard`, `person`, `superseded`, `inconclusive`, `measuring-error`, `capacity`, `sample-ratio`, … */
  readonly reasonCode: string
  readonly reason: string
  /** Ids of looks and verdicts it rests on. */
  readonly evidence: readonly string[]
  readonly contractSet: string | null
  readonly at: Micros
  readonly prevHash: string | null
  readonly hash: string
}

/** Rows of deployments' logs, the looks kept as evidence, and who approved a canary. */
export interface RolloutStore {
  /** Throws IDEMPOTENCY_CONFLICT when the seq is taken: somebody else wrote meanwhile. */
  appendRow(row: RolloutLogRow): Promise<void>
  /** Oldest first. */
  listRows(deployment: string, afterSeq?: number): Promise<readonly RolloutLogRow[]>
  /** Those that have a log. */
  listDeployments(): Promise<readonly string[]>
  /** A look as JSON, by `look_…`. */
  putLook(look: StoredLook): Promise<void>
  findLook(id: string): Promise<StoredLook | undefined>
  /** Newest first. */
  listLooks(rollout: string, limit: number): Promise<readonly StoredLook[]>
  /** Keeps the newest looks of a rollout and those that are named; the others go. */
  thinLooks(
    rollout: string,
    keep: { readonly newest: number; readonly ids: readonly string[] },
  ): Promise<void>
  /** The same person again changes nothing but what was approved. */
  putApproval(approval: RolloutApproval): Promise<void>
  /** Oldest first. */
  listApprovals(rollout: string): Promise<readonly RolloutApproval[]>
}

/** That a person approved the canary of exactly this release under exactly these contracts. */
export interface RolloutApproval {
  readonly rollout: string
  readonly by: string
  readonly at: Micros
  readonly digest: string
  readonly contractSet: string | null
}

export interface StoredLook {
  readonly id: string
  readonly deployment: string
  readonly rollout: string
  readonly at: Micros
  readonly evidence: StageEvidence
}
