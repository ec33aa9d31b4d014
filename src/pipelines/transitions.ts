import { FettleError } from '../kernel/errors/index.ts'
import type { AttemptState, RunState, StepState } from './model.ts'

/** Allowed changes of state. A state with an empty row is final. */
export const runTransitions: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ['running', 'succeeded', 'failed', 'cancelling', 'cancelled', 'paused'],
  running: ['succeeded', 'failed', 'cancelling', 'cancelled', 'paused'],
  paused: ['running', 'cancelling', 'cancelled'],
  cancelling: ['cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
}

export const stepTransitions: Readonly<Record<StepState, readonly StepState[]>> = {
  waiting: ['ready', 'blocked', 'skipped', 'cancelled'],
  ready: ['running', 'reused', 'cancelled'],
  running: ['succeeded', 'failed', 'ready', 'cancelled'],
  succeeded: [],
  reused: [],
  failed: [],
  blocked: [],
  skipped: [],
  cancelled: [],
}

export const attemptTransitions: Readonly<Record<AttemptState, readonly AttemptState[]>> = {
  leased: ['running', 'failed', 'lost', 'timed_out', 'cancelled'],
  running: ['succeeded', 'failed', 'lost', 'timed_out', 'cancelled'],
  succeeded: [],
  failed: [],
  lost: [],
  timed_out: [],
  cancelled: [],
}

/** What an explicit resume may reopen; nothing else leaves a final state. */
export const resumeTransitions = {
  run: { failed: ['running'], cancelled: ['running'] },
  step: { failed: ['waiting'], blocked: ['waiting'], cancelled: ['waiting'] },
} as const satisfies {
  run: Partial<Record<RunState, readonly RunState[]>>
  step: Partial<Record<StepState, readonly StepState[]>>
}

/** The new state, if the table allows it; a bug of ours (INTERNAL) if not. */
export function move<State extends string>(
  table: Readonly<Partial<Record<State, readonly State[]>>>,
  from: State,
  to: State,
): State {
  if (!(table[from] ?? []).includes(to))
    throw new FettleError('INTERNAL', `No transition leads from ${from} to ${to}`)
  return to
}

export const isRunEnded = (state: RunState): boolean => runTransitions[state].length === 0
export const isStepDone = (state: StepState): boolean => state === 'succeeded' || state === 'reused'
export const isStepEnded = (state: StepState): boolean => stepTransitions[state].length === 0
export const isAttemptLive = (state: AttemptState): boolean => attemptTransitions[state].length > 0
