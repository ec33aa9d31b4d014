import { FettleError } from '../kernel/errors/index.ts'
import type { Micros } from '../kernel/time.ts'
import { advance, endStep } from './advance.ts'
import { type Change, event, ownedAttempt, put, putAttempt, stepOf, tell } from './change.ts'
import type { Artifact, StepError } from './model.ts'
import type { AttemptRef, EventData, Failure, StoredAttempt, StoredRun, StoredStep } from './ports.ts'
import { decideRetry, lossesBeforeBlame, type RetryPolicy } from './retry.ts'
import { attemptTransitions, move, runTransitions, stepTransitions } from './transitions.ts'

/** Gives a ready step to a worker: a new attempt under the next token. */
export function leaseStep(
  run: StoredRun,
  stepId: string,
  facts: { worker: string; now: Micros; leaseUntil: Micros },
): Change {
  const step = stepOf(run, stepId)
  const token = step.token + 1
  const attempt: StoredAttempt = {
    number: (step.attempts.at(-1)?.number ?? 0) + 1,
    state: 'leased',
    token,
    worker: facts.worker,
    startedAt: facts.now,
    finishedAt: null,
    leaseUntil: facts.leaseUntil,
    errorClass: null,
    error: null,
    instance: null,
  }
  const leased = {
    ...step,
    state: move(stepTransitions, step.state, 'running'),
    token,
    attempts: [...step.attempts, attempt],
    startedAt: step.startedAt ?? facts.now,
    progress: null,
  }
  const data = { attempt: attempt.number, worker: facts.worker }
  const change = put({ run, events: [] }, leased, event(run, stepId, 'attempt.leased', data, facts.now))
  if (run.state !== 'queued') return change
  return {
    run: { ...change.run, state: move(runTransitions, run.state, 'running'), startedAt: facts.now },
    events: [event(run, null, 'run.started', {}, facts.now), ...change.events],
  }
}

/** Admits one process instance. Repeating it with the same instance changes nothing. */
export function beginAttempt(run: StoredRun, ref: AttemptRef & { instance: string }, now: Micros): Change {
  const { step, attempt } = ownedAttempt(run, ref)
  if (attempt.instance === ref.instance) return { run, events: [] }
  if (attempt.instance !== null) {
    throw new FettleError(
      'ATTEMPT_BEGUN',
      `Attempt ${ref.attempt} of ${ref.run}/${ref.step} already runs in another process`,
    )
  }
  const begun = {
    ...attempt,
    state: move(attemptTransitions, attempt.state, 'running'),
    instance: ref.instance,
  }
  return put(
    { run, events: [] },
    putAttempt(step, begun),
    event(run, ref.step, 'attempt.running', { attempt: ref.attempt }, now),
  )
}

/** Ends an attempt and its step with outputs, and makes ready what waited for it. */
export function succeedAttempt(
  run: StoredRun,
  ref: AttemptRef,
  outputs: Readonly<Record<string, Artifact>>,
  now: Micros,
): Change {
  const { step, attempt } = ownedAttempt(run, ref)
  const state = move(attemptTransitions, attempt.state, 'succeeded')
  const done = {
    ...putAttempt(step, { ...attempt, state, finishedAt: now }),
    state: move(stepTransitions, step.state, 'succeeded'),
    outputs,
    finishedAt: now,
  }
  const change = put(
    { run, events: [] },
    done,
    event(run, ref.step, 'attempt.succeeded', { attempt: ref.attempt }, now),
  )
  return advance(tell(change, event(run, ref.step, 'step.succeeded', outputHashes(outputs), now)), now)
}

/** Ends an attempt that did not succeed: the step is tried again later, fails, or is cancelled with its run. */
export function failAttempt(
  run: StoredRun,
  ref: AttemptRef,
  failure: Failure,
  options: { now: Micros; policy: RetryPolicy; random: number },
): Change {
  const { step, attempt } = ownedAttempt(run, ref)
  const state = move(
    attemptTransitions,
    attempt.state,
    failure.outcome === 'released' ? 'cancelled' : failure.outcome,
  )
  const { error, errorClass } = failure
  const ended = putAttempt(step, { ...attempt, state, finishedAt: options.now, errorClass, error })
  const data: EventData = {
    attempt: ref.attempt,
    class: errorClass,
    code: error?.code ?? null,
    outcome: failure.outcome,
  }
  const told = event(run, ref.step, `attempt.${state}`, data, options.now)
  return settleFailure(put({ run, events: [] }, ended, told), ended, failure, options)
}

function settleFailure(
  change: Change,
  step: StoredStep,
  failure: Failure,
  options: { now: Micros; policy: RetryPolicy; random: number },
): Change {
  const { now } = options
  if (change.run.state === 'cancelling' || failure.outcome === 'cancelled')
    return advance(endStep(change, step, 'cancelled', now), now)
  if (failure.outcome === 'released') return retryStep(change, step, now, now)
  const counted = step.attempts.filter(attempt => attempt.number > step.openedAfter)
  const decision = decideRetry(step.plan, counted, options)
  if (decision.retry) return retryStep(change, step, now + BigInt(decision.waitMs) * 1000n, now)
  return advance(endStep(change, decision.blame ? blame(step) : step, 'failed', now), now)
}

/** Tells the step's owner, not the platform, when a step keeps taking its workers down. */
function blame(step: StoredStep): StoredStep {
  const last = step.attempts.at(-1)
  if (last === undefined) return step
  const error: StepError = {
    code: 'STEP_KILLS_WORKERS',
    message: `Step "${step.plan.id}" lost its worker ${lossesBeforeBlame} times in a row`,
    hint: 'Look at memory use and native crashes of the step; resume the run once mended.',
    details: { last: last.error },
  }
  return putAttempt(step, { ...last, errorClass: 'user', error })
}

function retryStep(change: Change, step: StoredStep, dueAt: Micros, now: Micros): Change {
  const ready = { ...step, state: move(stepTransitions, step.state, 'ready'), dueAt, progress: null }
  return put(change, ready, event(change.run, step.plan.id, 'step.retry', { due: dueAt.toString() }, now))
}

function outputHashes(outputs: Readonly<Record<string, Artifact>>): EventData {
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, artifact]) => [name, artifact.hash])),
  }
}
