import type { Json } from '../kernel/canonical.ts'
import type { Micros } from '../kernel/time.ts'

export interface FileEntry {
  /** Relative, forward slashes, no `..`. */
  readonly path: string
  readonly hash: string
  readonly bytes: number
}

/** What a step produced, by content. */
export type Artifact =
  | { readonly kind: 'file'; readonly hash: string; readonly bytes: number }
  | {
      readonly kind: 'directory'
      readonly hash: string
      readonly bytes: number
      readonly files: readonly FileEntry[]
    }
  | { readonly kind: 'json'; readonly hash: string; readonly bytes: number; readonly value: Json }
export type ArtifactKind = Artifact['kind']

/** A step as declared and as stored in the run plan. */
export interface StepPlan {
  readonly id: string
  readonly title: string
  /** `action`: a registered name. `command`: any program. */
  readonly body:
    | { readonly kind: 'action'; readonly action: string }
    | {
        readonly kind: 'command'
        readonly argv: readonly string[]
        readonly env?: Readonly<Record<string, string>>
      }
  /** sha256 of the code the step runs (an action's is the build's; a command's, its files). */
  readonly code: string
  /** Environment id, or 'none'. */
  readonly environment: string
  readonly params: Json
  /** Output of an earlier step: `{ from: 'train', output: 'model' }`. */
  readonly inputs: Readonly<Record<string, { readonly from: string; readonly output: string }>>
  readonly outputs: Readonly<Record<string, ArtifactKind>>
  /** Steps that must be done first beyond those named in inputs. */
  readonly after: readonly string[]
  /** A step with side effects outside its outputs. Reused only while its key is unchanged and `reusable` is not false. */
  readonly reusable: boolean
  /** Duration text. */
  readonly maxRuntime: string
  readonly retry: { readonly infra: number; readonly user: number }
}

/** The compiled pipeline, stored before a run is acknowledged. */
export interface RunPlan {
  readonly schema: 1
  readonly pipeline: string
  readonly title: string
  /** The model it belongs to, if any. */
  readonly model: string | null
  /** Hash of the definitions it was compiled from. */
  readonly definition: string
  readonly params: Readonly<Record<string, Json>>
  readonly reuse: 'lineage' | 'unchanged' | 'never'
  readonly seed: number
  readonly steps: readonly StepPlan[]
}

export type RunState = 'queued' | 'running' | 'paused' | 'cancelling' | 'succeeded' | 'failed' | 'cancelled'
export type StepState =
  | 'waiting'
  | 'ready'
  | 'running'
  | 'succeeded'
  | 'reused'
  | 'failed'
  | 'blocked'
  | 'skipped'
  | 'cancelled'
export type AttemptState = 'leased' | 'running' | 'succeeded' | 'failed' | 'lost' | 'timed_out' | 'cancelled'
export type ErrorClass = 'infra' | 'capacity' | 'user' | 'data' | 'timeout' | 'bug'

export interface Progress {
  readonly done: number
  readonly total: number | null
  /** rows, trees, requests … */
  readonly unit: string
  readonly message: string
  readonly at: Micros
}

export interface StepError {
  readonly code: string
  readonly message: string
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface Attempt {
  readonly number: number
  readonly state: AttemptState
  readonly token: number
  readonly worker: string
  readonly startedAt: Micros
  readonly finishedAt: Micros | null
  readonly leaseUntil: Micros
  readonly errorClass: ErrorClass | null
  readonly error: StepError | null
}

export interface StepRecord {
  readonly plan: StepPlan
  readonly state: StepState
  readonly key: string | null
  readonly reusedFrom: string | null
  readonly startedAt: Micros | null
  readonly finishedAt: Micros | null
  readonly progress: Progress | null
  readonly attempts: readonly Attempt[]
  readonly outputs: Readonly<Record<string, Artifact>>
}

export interface PipelineRun {
  readonly id: string
  readonly plan: RunPlan
  readonly state: RunState
  readonly createdAt: Micros
  readonly startedAt: Micros | null
  readonly finishedAt: Micros | null
  readonly steps: readonly StepRecord[]
}

/** Append-only account of a run. `data` is small. */
export interface RunEvent {
  readonly seq: number
  readonly run: string
  readonly step: string | null
  /** run.created, run.succeeded, step.ready, step.progress, attempt.leased, attempt.failed … */
  readonly type: string
  readonly at: Micros
  readonly data: Json
}
