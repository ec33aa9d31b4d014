import { FettleError } from '../kernel/errors/index.ts'
import type { Micros } from '../kernel/time.ts'
import type { Artifact, AttemptState } from './model.ts'
import type { AttemptRef, EventData, EventDraft, StoredAttempt, StoredRun, StoredStep } from './ports.ts'
import { isAttemptLive } from './transitions.ts'

/** A run after a change, with the events that tell of it. Untouched steps are the same objects as before. */
export interface Change {
  readonly run: StoredRun
  readonly events: readonly EventDraft[]
}

export function stepOf(run: StoredRun, id: string): StoredStep {
  const step = run.steps.find(candidate => candidate.plan.id === id)
  if (step === undefined) throw new FettleError('STEP_UNKNOWN', `Run ${run.id} has no step "${id}"`)
  return step
}

/** The artifacts a step reads, by input name; their producers are done. */
export function stepInputs(run: StoredRun, step: StoredStep): Readonly<Record<string, Artifact>> {
  return Object.fromEntries(
    Object.entries(step.plan.inputs).map(([name, input]) => {
      const artifact = stepOf(run, input.from).outputs[input.output]
      if (artifact === undefined)
        throw new FettleError('INTERNAL', `Input ${name} of ${run.id}/${step.plan.id} has no artifact`)
      return [name, artifact]
    }),
  )
}

/** The attempt a caller claims to own. Throws STALE_TOKEN unless it is live and the token is its own. */
export function ownedAttempt(run: StoredRun, ref: AttemptRef): { step: StoredStep; attempt: StoredAttempt } {
  const { step, attempt } = knownAttempt(run, ref)
  if (attempt.token !== ref.token || !isAttemptLive(attempt.state)) {
    throw new FettleError(
      'STALE_TOKEN',
      `Attempt ${ref.attempt} of ${ref.run}/${ref.step} is ${attempt.state} and owns the step no longer`,
    )
  }
  return { step, attempt }
}

/** Throws ATTEMPT_UNKNOWN for one that was never leased. */
export function knownAttempt(run: StoredRun, ref: AttemptRef): { step: StoredStep; attempt: StoredAttempt } {
  const step = run.steps.find(candidate => candidate.plan.id === ref.step)
  const attempt = step?.attempts.find(candidate => candidate.number === ref.attempt)
  if (step === undefined || attempt === undefined) {
    throw new FettleError('ATTEMPT_UNKNOWN', `There is no attempt ${ref.attempt} of ${ref.run}/${ref.step}`)
  }
  return { step, attempt }
}

/** True when the attempt already ended this way under this token: the caller repeats itself, since a reply was lost. */
export function isRepeat(run: StoredRun, ref: AttemptRef, states: readonly AttemptState[]): boolean {
  const { attempt } = knownAttempt(run, ref)
  return attempt.token === ref.token && states.includes(attempt.state)
}

export function putAttempt(step: StoredStep, attempt: StoredAttempt): StoredStep {
  return {
    ...step,
    attempts: step.attempts.map(other => (other.number === attempt.number ? attempt : other)),
  }
}

export function put(change: Change, step: StoredStep, ...events: readonly EventDraft[]): Change {
  const steps = change.run.steps.map(other => (other.plan.id === step.plan.id ? step : other))
  return { run: { ...change.run, steps }, events: [...change.events, ...events] }
}

export function tell(change: Change, told: EventDraft): Change {
  return { ...change, events: [...change.events, told] }
}

export function event(
  run: StoredRun,
  step: string | null,
  type: string,
  data: EventData,
  at: Micros,
): EventDraft {
  return { run: run.id, step, type, at, data }
}
