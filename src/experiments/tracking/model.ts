import type { Micros } from '../../kernel/time.ts'

export type Lifecycle = 'active' | 'deleted'
/** Which lifecycles a search looks at. */
export type LifecycleView = Lifecycle | 'all'
export type Facts = Readonly<Record<string, string>>

export interface TrackedExperiment {
  /** Decimal text; `0` is Default and always exists. */
  readonly id: string
  readonly name: string
  readonly artifactLocation: string
  readonly lifecycle: Lifecycle
  readonly owner: string
  readonly createdAt: Micros
  readonly updatedAt: Micros
  readonly tags: Facts
}

export type RunStatus = 'scheduled' | 'running' | 'finished' | 'failed' | 'killed'

/**
 * Whether who writes the run is still there. `inferred` when it is only concluded from the absence of writes; `since`
 * is the last sign of life. `unwatched`: the run is not running.
 */
export interface Liveness {
  readonly state: 'alive' | 'silent' | 'lost' | 'unwatched'
  readonly inferred: boolean
  readonly since: Micros | null
}

export interface MetricPoint {
  readonly key: string
  /** NaN is a value; infinities are stored as ±Number.MAX_VALUE. */
  readonly value: number
  readonly step: number
  readonly at: Micros
}

/** A point that also belongs to a logged model, or was measured on a dataset. */
export interface LoggedPoint extends MetricPoint {
  readonly modelId?: string
  readonly dataset?: { readonly name: string; readonly digest: string }
}

/** What is kept per (run, key) beside the points. NaN has no place in least and greatest. */
export interface SeriesSummary {
  readonly key: string
  readonly count: number
  readonly first: MetricPoint
  /** Greatest by (step, at, value), a number before NaN. */
  readonly latest: MetricPoint
  readonly least: MetricPoint | null
  readonly greatest: MetricPoint | null
}

export interface DatasetInput {
  readonly name: string
  /** At most 36 characters. */
  readonly digest: string
  readonly sourceType: string
  readonly source: string
  readonly schema: string | null
  readonly profile: string | null
  /** Tags of this use of the dataset; `mlflow.data.context` holds its context. */
  readonly tags: Facts
}

/** Times are microseconds; `name` and tag `mlflow.runName` stay equal. */
export interface TrackedRun {
  /** 32 hex digits. */
  readonly id: string
  readonly experiment: string
  readonly name: string
  readonly user: string
  readonly status: RunStatus
  readonly startedAt: Micros | null
  readonly endedAt: Micros | null
  readonly lifecycle: Lifecycle
  readonly artifactLocation: string
  /** Run id, from tag `mlflow.parentRunId`. */
  readonly parent: string | null
  readonly forkOf: { readonly run: string; readonly step: number } | null
  readonly pipelineRun: string | null
  readonly trainingSet: string | null
  readonly liveness: Liveness
  readonly tags: Facts
  readonly params: Facts
  /** Latest point per key, in key order. */
  readonly metrics: readonly MetricPoint[]
  readonly datasets: readonly DatasetInput[]
  readonly modelInputs: readonly string[]
  readonly modelOutputs: readonly { readonly modelId: string; readonly step: number }[]
  /** Rises with every change. */
  readonly revision: number
}

/** A run without its metrics, which may be very many. */
export type RunOutline = Omit<TrackedRun, 'metrics'>

/** Everything but what a run logged: cheap to read, whatever its size. */
export type RunHead = Omit<
  TrackedRun,
  'tags' | 'params' | 'metrics' | 'datasets' | 'modelInputs' | 'modelOutputs'
>

export interface LoggedBatch {
  readonly metrics?: readonly LoggedPoint[]
  readonly params?: readonly { readonly key: string; readonly value: string }[]
  readonly tags?: readonly { readonly key: string; readonly value: string }[]
}

export type LoggedModelStatus = 'pending' | 'ready' | 'upload_failed'

export interface LoggedModel {
  /** `m-` and 32 hex digits. */
  readonly id: string
  readonly experiment: string
  readonly name: string
  readonly modelType: string
  readonly sourceRun: string | null
  readonly status: LoggedModelStatus
  readonly artifactLocation: string
  readonly createdAt: Micros
  readonly updatedAt: Micros
  readonly params: Facts
  readonly tags: Facts
  /** Every point, with the run that logged it; by key, dataset, step and time. */
  readonly metrics: readonly (LoggedPoint & { readonly run: string })[]
}

/** One file below an owner. The bytes are in the object store under `hash`. */
export interface StoredArtifact {
  readonly path: string
  readonly hash: string
  readonly bytes: number
  readonly at: Micros
}

/** Whose files they are: a run's, a logged model's, or a path of the artifact proxy that names neither. */
export type ArtifactOwner =
  | { readonly kind: 'run'; readonly id: string }
  | { readonly kind: 'loggedModel'; readonly id: string }
  | { readonly kind: 'path'; readonly id: string }
