import type { Json } from '../kernel/canonical.ts'
import type { Micros } from '../kernel/time.ts'
import type { Page, PageRequest } from '../kernel/unit-of-work.ts'
import type {
  Artifact,
  Attempt,
  ErrorClass,
  PipelineRun,
  Progress,
  RunEvent,
  RunState,
  StepError,
  StepPlan,
  StepRecord,
} from './model.ts'
import type { StepKeyParts } from './step-key.ts'

/** An attempt as kept: with the one process instance that was admitted at `begin`. */
export interface StoredAttempt extends Attempt {
  readonly instance: string | null
}

/** A step as kept: what scheduling needs beyond what people see. */
export interface StoredStep extends StepRecord {
  readonly attempts: readonly StoredAttempt[]
  /** Fencing token: grows with every lease, never falls. */
  readonly token: number
  /** A ready step may be leased from here on (retries wait). */
  readonly dueAt: Micros
  /** Whether reuse was decided; a ready step is leased only after that. */
  readonly reuseChecked: boolean
  readonly keyParts: StepKeyParts | null
  /** Attempts up to this number were before the last resume and count against no budget. */
  readonly openedAfter: number
}

export interface StoredRun extends PipelineRun {
  readonly principal: string
  readonly idempotencyKey: string | null
  /** Hash of the plan as asked for, to tell a repeated request from another one under the same key. */
  readonly requestHash: string
  readonly steps: readonly StoredStep[]
}

/** Names one attempt with the proof that it is still the owner. */
export interface AttemptRef {
  readonly run: string
  readonly step: string
  readonly attempt: number
  readonly token: number
}

export type EventDraft = Omit<RunEvent, 'seq'>

export interface Reusable {
  readonly run: string
  readonly outputs: Readonly<Record<string, Artifact>>
}

/** A finished step of an earlier run: what `explain` compares against. */
export interface StepPrecedent {
  readonly run: string
  readonly finishedAt: Micros | null
  readonly key: string | null
  readonly keyParts: StepKeyParts | null
}

/**
 * Runs with their steps, attempts and events. Inside a transaction `lock` keeps every other transaction off the run
 * until this one ends; a change is always lock, decide, save.
 */
export interface RunStore {
  insert(run: StoredRun): Promise<void>
  find(id: string): Promise<StoredRun | undefined>
  lock(id: string): Promise<StoredRun | undefined>
  findByIdempotencyKey(key: string): Promise<StoredRun | undefined>
  /** Newest first. */
  list(
    query: PageRequest & { readonly pipeline?: string; readonly state?: RunState },
  ): Promise<Page<StoredRun>>
  /** Writes what differs by identity: unchanged steps and attempts are the same objects in both. */
  save(before: StoredRun, after: StoredRun): Promise<void>
  /** Ready steps whose reuse is decided and whose due time has come: oldest run first, then plan order. */
  listReady(query: {
    readonly now: Micros
    readonly limit: number
  }): Promise<readonly { readonly run: string; readonly step: string }[]>
  /** Runs that hold ready steps whose reuse is not yet decided. */
  listUnchecked(limit: number): Promise<readonly string[]>
  /** Live attempts whose lease ended before `now`. */
  listExpired(query: { readonly now: Micros; readonly limit: number }): Promise<readonly AttemptRef[]>
  /** Extends the lease of a live attempt. The run's state; undefined if the attempt is not live or the token is another. */
  renewLease(ref: AttemptRef, leaseUntil: Micros, progress: Progress | null): Promise<RunState | undefined>
  /** Succeeded steps with this key, newest first. */
  listReusable(key: string, limit: number): Promise<readonly Reusable[]>
  /** The last succeeded step of this name in another run of the pipeline that was made before `before` (any time if null). */
  findPrecedent(query: {
    readonly pipeline: string
    readonly step: string
    readonly before: Micros
    readonly run: string | null
  }): Promise<StepPrecedent | undefined>
  /** Sequence numbers rise in commit order, so that a reader who has seen n never misses one below n. */
  append(events: readonly EventDraft[]): Promise<readonly RunEvent[]>
  events(query: {
    readonly after: number
    readonly run?: string
    readonly limit: number
  }): Promise<readonly RunEvent[]>
  lastEvent(): Promise<number>
}

/** What a worker needs to run one attempt. Plain JSON, so that it can be written beside the attempt. */
export interface LeasedStep {
  readonly run: string
  readonly pipeline: string
  readonly step: string
  readonly attempt: number
  readonly token: number
  readonly seed: number
  readonly plan: StepPlan
  readonly inputs: Readonly<Record<string, Artifact>>
  readonly leaseMs: number
  readonly heartbeatMs: number
}

export interface ProgressUpdate {
  readonly done: number
  readonly total: number | null
  readonly unit: string
  readonly message: string
}

/** How an attempt ended when it did not succeed. `released`: given back unharmed by a worker that stops. */
type FailureOutcome = 'failed' | 'timed_out' | 'cancelled' | 'lost' | 'released'

export interface Failure {
  readonly outcome: FailureOutcome
  readonly errorClass: ErrorClass | null
  readonly error: StepError | null
}

export interface ClaimRequest {
  readonly worker: string
  readonly waitMs: number
  readonly instance?: string
}

/**
 * The control plane as a worker sees it. Every call after `claim` carries the attempt and its token; it throws
 * STALE_TOKEN when another attempt owns the step (the worker kills its process and publishes nothing),
 * ATTEMPT_UNKNOWN for one never leased, SERVER_UNREACHABLE when nobody answers (try again later).
 */
export interface ControlPlane {
  /**
   * Waits up to `waitMs` (at most 20 s) for a ready step. A worker that runs the body itself names its instance here:
   * it has begun by that, in the same commit.
   */
  claim(request: ClaimRequest, signal?: AbortSignal): Promise<LeasedStep | undefined>
  /** Admits the first process instance of an attempt; a second one gets ATTEMPT_BEGUN. */
  begin(ref: AttemptRef & { readonly instance: string }): Promise<void>
  /** Renews the lease, then waits up to `waitMs` for a reason to stop. */
  heartbeat(
    ref: AttemptRef & { readonly progress?: ProgressUpdate; readonly waitMs?: number },
    signal?: AbortSignal,
  ): Promise<{ readonly cancel: boolean }>
  /** All outputs or none. `cancelled`: the cancellation was first. Repeating a publish that was accepted is harmless. */
  publish(
    ref: AttemptRef & { readonly outputs: Readonly<Record<string, Artifact>> },
  ): Promise<{ readonly published: boolean }>
  /** Repeating one that was accepted is harmless. */
  fail(ref: AttemptRef & Failure): Promise<void>
}

/** A process to run for one attempt. */
export interface JobSpec {
  /** Identity of the attempt; marks every process of it in its environment. */
  readonly key: string
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Files the process's output is appended to. */
  readonly stdout: string
  readonly stderr: string
  /** One line of the job's message pipe (fd 3). */
  onMessage(line: string): void
}

/** Enough to find a job again after a restart. */
export interface JobHandle {
  readonly key: string
  readonly pid: number
  /** Start time of the process as the system tells it; tells a reused pid apart. */
  readonly started: string
}

export interface JobEnd {
  readonly exitCode: number | null
  readonly signal: string | null
  /** The system killed it for memory. */
  readonly outOfMemory: boolean
}

/** `lost`: the handle is not known here, which never means success. */
export type JobStatus =
  | { readonly state: 'running' }
  | ({ readonly state: 'ended' } & JobEnd)
  | { readonly state: 'lost' }

/** Runs jobs. It never publishes anything. */
export interface Executor {
  /** The same key twice is one job. */
  submit(spec: JobSpec): Promise<JobHandle>
  status(handle: JobHandle): JobStatus
  /** Resolves when the job has ended and no process of it is left. */
  wait(handle: JobHandle): Promise<JobEnd>
  /** SIGTERM to all its processes, SIGKILL after `graceMs`; resolves when none is left. Also for jobs of an earlier executor. */
  cancel(handle: JobHandle, graceMs: number): Promise<void>
  /** A handle of any living process of this machine. */
  identify(pid: number, key: string): JobHandle
  /** Whether that very process (not a later one with its pid) lives. */
  isAlive(handle: JobHandle): boolean
}

/** Facts for an event; undefined members are left out. */
export type EventData = Readonly<Record<string, Json>>
