import type { RunPlan, RunState, StepState } from './model.ts'
import { isStepDone, isStepEnded } from './transitions.ts'
import { stepNeeds } from './validate-plan.ts'

export interface NextSteps {
  /** Waiting steps whose needs are all done. */
  readonly ready: readonly string[]
  /** Waiting steps that can never run, since a step they need failed, was blocked, skipped or cancelled. */
  readonly blocked: readonly string[]
  /** The run's final state, once every step (after these changes) has ended. */
  readonly end: Extract<RunState, 'succeeded' | 'failed' | 'cancelled'> | null
}

/**
 * What follows from the states of a run's steps. Blocking travels the whole way down in one call; independent
 * branches go on when one fails.
 */
export function chooseNextSteps(plan: RunPlan, states: ReadonlyMap<string, StepState>): NextSteps {
  const after = new Map(states)
  const ready: string[] = []
  const blocked: string[] = []
  for (let changed = true; changed; ) {
    changed = false
    for (const step of plan.steps) {
      if (after.get(step.id) !== 'waiting') continue
      const needs = stepNeeds(step).map(id => after.get(id) ?? 'failed')
      const next = needs.every(isStepDone)
        ? 'ready'
        : needs.some(state => isStepEnded(state) && !isStepDone(state))
          ? 'blocked'
          : undefined
      if (next === undefined) continue
      after.set(step.id, next)
      ;(next === 'ready' ? ready : blocked).push(step.id)
      changed = true
    }
  }
  return { ready, blocked, end: endOf([...after.values()]) }
}

function endOf(states: readonly StepState[]): NextSteps['end'] {
  if (!states.every(isStepEnded)) return null
  if (states.includes('failed') || states.includes('blocked'))
    return states.includes('failed') ? 'failed' : 'cancelled'
  return states.includes('cancelled') ? 'cancelled' : 'succeeded'
}
