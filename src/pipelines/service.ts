import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Page, PageRequest, UnitOfWork } from '../kernel/unit-of-work.ts'
import { stepOf } from './change.ts'
import { createCore, type PipelineCore, type PipelineStores, type PipelineTimes, unknownRun } from './core.ts'
import { type Explanation, explainStep } from './explain.ts'
import { type LogLines, readLog } from './logs.ts'
import type { RunEvent, RunPlan, RunState } from './model.ts'
import type { ObjectStore } from './objects.ts'
import type { ControlPlane, StoredRun } from './ports.ts'
import { createReaper } from './reaper.ts'
import { defaultRetryPolicy, type RetryPolicy } from './retry.ts'
import { cancelRun, openRun, requestHash, resumeRun } from './run-changes.ts'
import { settleReuse } from './settle-reuse.ts'
import { isAttemptLive } from './transitions.ts'
import { assertPlan } from './validate-plan.ts'
import { createWorkerDesk } from './worker-desk.ts'

const defaultPipelineTimes: PipelineTimes = { leaseMs: 30_000, heartbeatMs: 10_000, reapMs: 5_000 }

export interface PipelineServiceOptions {
  readonly uow: UnitOfWork<PipelineStores>
  readonly clock: Clock
  readonly objects: Pick<ObjectStore, 'has'>
  /** Folder `logs` of this Fettle. */
  readonly logFolder: string
  readonly times?: Partial<PipelineTimes>
  readonly retry?: RetryPolicy
  /** In [0, 1), for the jitter of retries. */
  readonly random?: () => number
  /** Told of faults in the background duties, which go on. */
  readonly onFault?: (error: unknown) => void
}

interface Actor {
  readonly name: string
}

/**
 * Durable pipeline runs. Every promise that resolves is on disk. A step's recorded outcome is exactly once; its body
 * may run again; outputs become visible by one fenced commit.
 */
export interface PipelineService extends ControlPlane {
  /**
   * Stores the plan, then acknowledges. With an idempotency key, the same plan returns the first run; another plan
   * throws IDEMPOTENCY_CONFLICT. Throws PIPELINE_INVALID with every problem of the plan.
   */
  startRun(
    plan: RunPlan,
    options: { readonly principal: Actor; readonly idempotencyKey?: string },
  ): Promise<StoredRun>
  /** Throws RUN_UNKNOWN. */
  getRun(id: string): Promise<StoredRun>
  findRun(id: string): Promise<StoredRun | undefined>
  /** Newest first. */
  listRuns(
    query: PageRequest & { readonly pipeline?: string; readonly state?: RunState },
  ): Promise<Page<StoredRun>>
  /** Durable before it resolves; no-op for a run that has ended. Running steps are told by their heartbeat. */
  cancel(id: string, principal: Actor): Promise<StoredRun>
  /** Goes on with the stored plan: what succeeded stays. Throws RUN_NOT_RESUMABLE unless failed or cancelled. */
  resume(id: string, principal: Actor): Promise<StoredRun>
  /** Why a step ran or was reused, against the last success before it (or the run named). */
  explain(run: string, step: string, against?: string): Promise<Explanation>
  /** Lines of an attempt (the latest when left out) from a byte offset. Throws RUN_UNKNOWN, STEP_UNKNOWN, ATTEMPT_UNKNOWN. */
  readLog(query: LogQuery): Promise<LogLines & { readonly ended: boolean }>
  /** Stored events after a sequence number, oldest first. */
  events(after: number, limit: number, run?: string): Promise<readonly RunEvent[]>
  latestEvent(): Promise<number>
  /** Calls back soon after a change: a hint to read `events`. Returns the way to stop it. */
  subscribe(ring: () => void): () => void
  /** One scan for expired leases, as the background duty does every `reapMs`. Returns how many it found. */
  reap(): Promise<number>
  /** Starts the background duties; `stop` ends them. */
  start(): void
  stop(): Promise<void>
}

interface LogQuery {
  readonly run: string
  readonly step: string
  readonly attempt?: number
  readonly offset: number
}

export function createPipelineService(options: PipelineServiceOptions): PipelineService {
  const core = createCore({
    uow: options.uow,
    clock: options.clock,
    objects: options.objects,
    times: { ...defaultPipelineTimes, ...options.times },
    retry: { policy: options.retry ?? defaultRetryPolicy, random: options.random ?? Math.random },
  })
  const reaper = createReaper(core, options.onFault ?? (() => {}))
  const { store, clock } = core
  return {
    ...createWorkerDesk(core),
    startRun: (plan, { principal, idempotencyKey }) =>
      startRun(core, plan, { principal: principal.name, idempotencyKey: idempotencyKey ?? null }),
    getRun: id => getRun(core, id),
    findRun: id => store.find(id),
    listRuns: query => store.list(query),
    cancel: (id, principal) => core.change(id, run => cancelRun(run, principal.name, clock.nowMicros())),
    resume: async (id, principal) =>
      settleReuse(core, await core.change(id, run => resumeRun(run, principal.name, clock.nowMicros()))),
    explain: (run, step, against) => explain(core, { run, step, against: against ?? null }),
    readLog: query => readStepLog(core, options.logFolder, query),
    events: (after, limit, run) => store.events({ after, limit, ...(run === undefined ? {} : { run }) }),
    latestEvent: () => store.lastEvent(),
    subscribe: ring => core.signal.subscribe(ring),
    reap: () => reaper.scan(),
    start: () => reaper.start(),
    stop: () => reaper.stop(),
  }
}

async function getRun(core: PipelineCore, id: string): Promise<StoredRun> {
  const run = await core.store.find(id)
  if (run === undefined) throw unknownRun(id)
  return run
}

async function startRun(
  core: PipelineCore,
  plan: RunPlan,
  facts: { principal: string; idempotencyKey: string | null },
): Promise<StoredRun> {
  assertPlan(plan)
  const run = await core.uow.transaction(async ({ pipelines }) => {
    const known =
      facts.idempotencyKey === null ? undefined : await pipelines.findByIdempotencyKey(facts.idempotencyKey)
    if (known !== undefined) return sameRequest(known, plan)
    const opened = openRun(plan, { ...facts, now: core.clock.nowMicros() })
    await pipelines.insert(opened.run)
    await pipelines.append(opened.events)
    return opened.run
  })
  return settleReuse(core, run)
}

function sameRequest(known: StoredRun, plan: RunPlan): StoredRun {
  if (known.requestHash === requestHash(plan)) return known
  throw new FettleError(
    'IDEMPOTENCY_CONFLICT',
    `The idempotency key belongs to run ${known.id}, which has another plan`,
    { details: { run: known.id } },
  )
}

async function explain(
  core: PipelineCore,
  query: { run: string; step: string; against: string | null },
): Promise<Explanation> {
  const run = await getRun(core, query.run)
  const step = stepOf(run, query.step)
  const precedent = await core.store.findPrecedent({
    pipeline: run.plan.pipeline,
    step: query.step,
    before: run.createdAt,
    run: query.against,
  })
  return explainStep({
    policy: run.plan.reuse,
    reusable: step.plan.reusable,
    state: step.state,
    reusedFrom: step.reusedFrom,
    parts: step.keyParts,
    precedent,
  })
}

async function readStepLog(
  core: PipelineCore,
  folder: string,
  query: LogQuery,
): Promise<LogLines & { ended: boolean }> {
  const step = stepOf(await getRun(core, query.run), query.step)
  const attempt =
    query.attempt === undefined
      ? step.attempts.at(-1)
      : step.attempts.find(({ number }) => number === query.attempt)
  if (attempt === undefined) {
    if (query.attempt === undefined) return { lines: [], next: query.offset, ended: false }
    throw new FettleError(
      'ATTEMPT_UNKNOWN',
      `There is no attempt ${query.attempt} of ${query.run}/${query.step}`,
    )
  }
  const lines = await readLog(folder, { ...query, attempt: attempt.number })
  return { ...lines, ended: !isAttemptLive(attempt.state) && lines.next === query.offset }
}
