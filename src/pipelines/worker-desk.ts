import type { Micros } from '../kernel/time.ts'
import { beginAttempt, failAttempt, leaseStep, succeedAttempt } from './attempt-changes.ts'
import { type Change, isRepeat, knownAttempt, ownedAttempt, stepInputs, stepOf } from './change.ts'
import { checkOutputs } from './check-outputs.ts'
import { type PipelineCore, unknownRun } from './core.ts'
import type {
  AttemptRef,
  ClaimRequest,
  ControlPlane,
  Failure,
  LeasedStep,
  ProgressUpdate,
  StoredRun,
} from './ports.ts'
import { settleReuse } from './settle-reuse.ts'

/** The longest a worker's call is held open. */
const maxWaitMs = 20_000
/** How often a waiting claim looks for steps that became due by time alone. */
const dueCheckMs = 500
const candidatesLooked = 8

/** The control plane's side of the worker protocol. */
export function createWorkerDesk(core: PipelineCore): ControlPlane {
  return {
    claim: (request, aborted) => claim(core, request, aborted),
    begin: async ref => {
      await core.change(ref.run, run => beginAttempt(run, ref, core.clock.nowMicros()))
    },
    heartbeat: (ref, aborted) => heartbeat(core, ref, aborted),
    publish: ref => publish(core, ref),
    fail: ref => fail(core, ref),
  }
}

async function claim(
  core: PipelineCore,
  request: ClaimRequest,
  aborted?: AbortSignal,
): Promise<LeasedStep | undefined> {
  const end = performance.now() + Math.min(request.waitMs, maxWaitMs)
  for (;;) {
    const left = end - performance.now()
    const changed = core.signal.next(Math.max(0, Math.min(dueCheckMs, left)), aborted)
    const leased = aborted?.aborted ? undefined : await tryClaim(core, request)
    if (leased !== undefined || left <= 0 || aborted?.aborted) return leased
    await changed
  }
}

async function tryClaim(core: PipelineCore, request: ClaimRequest): Promise<LeasedStep | undefined> {
  for (const candidate of await core.store.listReady({
    now: core.clock.nowMicros(),
    limit: candidatesLooked,
  })) {
    let taken = false
    const run = await core.change(candidate.run, before => {
      const step = stepOf(before, candidate.step)
      const now = core.clock.nowMicros()
      taken = step.state === 'ready' && step.reuseChecked && step.dueAt <= now
      return taken
        ? leaseTo(before, candidate.step, { ...request, now, leaseUntil: core.leaseEnd() })
        : { run: before, events: [] }
    })
    if (taken) return leasedStep(core, run, candidate.step)
  }
  return undefined
}

function leaseTo(
  run: StoredRun,
  id: string,
  facts: ClaimRequest & { now: Micros; leaseUntil: Micros },
): Change {
  const leased = leaseStep(run, id, facts)
  if (facts.instance === undefined) return leased
  const { attempts, token } = stepOf(leased.run, id)
  const ref = {
    run: run.id,
    step: id,
    attempt: attempts.at(-1)?.number ?? 0,
    token,
    instance: facts.instance,
  }
  const begun = beginAttempt(leased.run, ref, facts.now)
  return { run: begun.run, events: [...leased.events, ...begun.events] }
}

function leasedStep(core: PipelineCore, run: StoredRun, id: string): LeasedStep {
  const step = stepOf(run, id)
  return {
    run: run.id,
    pipeline: run.plan.pipeline,
    step: id,
    attempt: step.attempts.at(-1)?.number ?? 0,
    token: step.token,
    seed: run.plan.seed,
    plan: step.plan,
    inputs: stepInputs(run, step),
    leaseMs: core.times.leaseMs,
    heartbeatMs: core.times.heartbeatMs,
  }
}

async function heartbeat(
  core: PipelineCore,
  beat: AttemptRef & { progress?: ProgressUpdate; waitMs?: number },
  aborted?: AbortSignal,
): Promise<{ cancel: boolean }> {
  const end = performance.now() + Math.min(beat.waitMs ?? 0, maxWaitMs)
  await renew(core, beat)
  for (;;) {
    const left = end - performance.now()
    const changed = core.signal.next(Math.max(0, left), aborted)
    const run = await owned(core, beat)
    if (run.state === 'cancelling') return { cancel: true }
    if (left <= 0 || aborted?.aborted) return { cancel: false }
    await changed
  }
}

async function renew(core: PipelineCore, beat: AttemptRef & { progress?: ProgressUpdate }): Promise<void> {
  const { run, step, attempt } = beat
  const at = core.clock.nowMicros()
  const progress = beat.progress === undefined ? null : { ...beat.progress, at }
  const renewed = await core.uow.transaction(async stores => {
    const state = await stores.pipelines.renewLease(beat, core.leaseEnd(), progress)
    if (state !== undefined && beat.progress !== undefined)
      await stores.pipelines.append([
        { run, step, type: 'step.progress', at, data: { attempt, ...beat.progress } },
      ])
    return state !== undefined
  })
  if (!renewed) await owned(core, beat)
  else if (progress !== null) core.signal.ring()
}

/** The run, if the attempt is still its owner's; STALE_TOKEN or ATTEMPT_UNKNOWN if not. */
async function owned(core: PipelineCore, ref: AttemptRef): Promise<StoredRun> {
  const run = await core.store.find(ref.run)
  if (run === undefined) throw unknownRun(ref.run)
  ownedAttempt(run, ref)
  return run
}

async function publish(
  core: PipelineCore,
  ref: Parameters<ControlPlane['publish']>[0],
): Promise<{ published: boolean }> {
  const known = await core.store.find(ref.run)
  if (known === undefined) throw unknownRun(ref.run)
  await checkOutputs(knownAttempt(known, ref).step.plan, ref.outputs, core.objects)
  let published = true
  const run = await core.change(ref.run, before => {
    const now = core.clock.nowMicros()
    if (isRepeat(before, ref, ['succeeded'])) return { run: before, events: [] }
    ownedAttempt(before, ref)
    published = before.state !== 'cancelling'
    if (published) return succeedAttempt(before, ref, ref.outputs, now)
    return failAttempt(before, ref, { outcome: 'cancelled', errorClass: null, error: null }, failing(core))
  })
  await settleReuse(core, run)
  return { published }
}

async function fail(core: PipelineCore, ref: AttemptRef & Failure): Promise<void> {
  const { outcome, errorClass, error } = ref
  const state = outcome === 'released' ? 'cancelled' : outcome
  await core.change(ref.run, run =>
    isRepeat(run, ref, [state])
      ? { run, events: [] }
      : failAttempt(run, ref, { outcome, errorClass, error }, failing(core)),
  )
}

function failing(core: PipelineCore) {
  return { now: core.clock.nowMicros(), policy: core.retry.policy, random: core.retry.random() }
}
