import type { Micros } from '../kernel/time.ts'
import { type Change, event, put, stepInputs, stepOf, tell } from './change.ts'
import { chooseNextSteps } from './choose-next-steps.ts'
import type { StoredStep } from './ports.ts'
import { stepKey, stepKeyParts } from './step-key.ts'
import { move, runTransitions, stepTransitions } from './transitions.ts'

/** Makes ready or blocked what follows from the steps' states, and ends the run when all have ended. */
export function advance(change: Change, now: Micros): Change {
  const states = new Map(change.run.steps.map(step => [step.plan.id, step.state]))
  const next = chooseNextSteps(change.run.plan, states)
  let result = change
  for (const id of next.ready) result = readyStep(result, stepOf(result.run, id), now)
  for (const id of next.blocked) {
    const step = stepOf(result.run, id)
    const blocked = { ...step, state: move(stepTransitions, step.state, 'blocked'), finishedAt: now }
    result = put(result, blocked, event(change.run, id, 'step.blocked', {}, now))
  }
  return next.end === null
    ? result
    : endRun(result, result.run.state === 'cancelling' ? 'cancelled' : next.end, now)
}

export function endStep(
  change: Change,
  step: StoredStep,
  state: 'failed' | 'cancelled',
  now: Micros,
): Change {
  const ended = { ...step, state: move(stepTransitions, step.state, state), finishedAt: now }
  return put(change, ended, event(change.run, step.plan.id, `step.${state}`, {}, now))
}

function endRun(change: Change, end: 'succeeded' | 'failed' | 'cancelled', now: Micros): Change {
  const state = move(runTransitions, change.run.state, end)
  const startedAt = change.run.startedAt ?? now
  return tell(
    { ...change, run: { ...change.run, state, startedAt, finishedAt: now } },
    event(change.run, null, `run.${state}`, {}, now),
  )
}

function readyStep(change: Change, step: StoredStep, now: Micros): Change {
  const hashes = Object.fromEntries(
    Object.entries(stepInputs(change.run, step)).map(([name, artifact]) => [name, artifact.hash]),
  )
  const keyParts = stepKeyParts(change.run.plan, step.plan, hashes)
  const state = move(stepTransitions, step.state, 'ready')
  const reuseChecked = change.run.plan.reuse !== 'unchanged' || !step.plan.reusable
  const ready = { ...step, state, keyParts, key: stepKey(keyParts), dueAt: now, reuseChecked }
  return put(change, ready, event(change.run, step.plan.id, 'step.ready', { key: ready.key }, now))
}
