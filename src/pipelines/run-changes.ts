import { contentHash, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { newId } from '../kernel/ids.ts'
import type { Micros } from '../kernel/time.ts'
import { advance, endStep } from './advance.ts'
import { type Change, event, put, stepOf } from './change.ts'
import type { Artifact, RunPlan } from './model.ts'
import type { StoredRun, StoredStep } from './ports.ts'
import {
  isRunEnded,
  isStepDone,
  isStepEnded,
  move,
  resumeTransitions,
  runTransitions,
  stepTransitions,
} from './transitions.ts'

/** A new run, queued, with the steps that can start at once made ready. */
export function openRun(
  plan: RunPlan,
  facts: { principal: string; idempotencyKey: string | null; now: Micros },
): Change {
  const run: StoredRun = {
    id: newId('prn'),
    plan,
    state: 'queued',
    createdAt: facts.now,
    startedAt: null,
    finishedAt: null,
    principal: facts.principal,
    idempotencyKey: facts.idempotencyKey,
    requestHash: requestHash(plan),
    steps: plan.steps.map(step => newStep(step, facts.now)),
  }
  return advance(
    {
      run,
      events: [
        event(run, null, 'run.created', { pipeline: plan.pipeline, principal: facts.principal }, facts.now),
      ],
    },
    facts.now,
  )
}

/** Identity of what was asked for, for idempotency keys. */
export function requestHash(plan: RunPlan): string {
  return contentHash(plan as unknown as Json)
}

function newStep(plan: StoredStep['plan'], now: Micros): StoredStep {
  return {
    plan,
    state: 'waiting',
    key: null,
    keyParts: null,
    reusedFrom: null,
    startedAt: null,
    finishedAt: null,
    progress: null,
    attempts: [],
    outputs: {},
    token: 0,
    dueAt: now,
    reuseChecked: false,
    openedAfter: 0,
  }
}

/** Records that a step's result was taken from an earlier run, or that it must run. No change if it moved on meanwhile. */
export function decideReuse(
  run: StoredRun,
  stepId: string,
  found: { run: string; outputs: Readonly<Record<string, Artifact>> } | undefined,
  now: Micros,
): Change {
  const step = stepOf(run, stepId)
  if (step.state !== 'ready' || step.reuseChecked) return { run, events: [] }
  if (found === undefined) return put({ run, events: [] }, { ...step, reuseChecked: true })
  const state = move(stepTransitions, step.state, 'reused')
  const reused = {
    ...step,
    state,
    reuseChecked: true,
    reusedFrom: found.run,
    outputs: found.outputs,
    startedAt: now,
    finishedAt: now,
  }
  return advance(
    put({ run, events: [] }, reused, event(run, stepId, 'step.reused', { from: found.run }, now)),
    now,
  )
}

/** Stops a run: steps not begun are cancelled at once, live attempts are told by their next heartbeat. No-op once ended. */
export function cancelRun(run: StoredRun, principal: string, now: Micros): Change {
  if (isRunEnded(run.state) || run.state === 'cancelling') return { run, events: [] }
  const cancelling = { ...run, state: move(runTransitions, run.state, 'cancelling') }
  let change: Change = { run: cancelling, events: [event(run, null, 'run.cancelling', { principal }, now)] }
  for (const step of run.steps) {
    if (!isStepEnded(step.state) && step.state !== 'running') change = endStep(change, step, 'cancelled', now)
  }
  return advance(change, now)
}

/** Reopens a failed or cancelled run with its stored plan; what succeeded stays. */
export function resumeRun(run: StoredRun, principal: string, now: Micros): Change {
  if (run.state !== 'failed' && run.state !== 'cancelled') {
    throw new FettleError(
      'RUN_NOT_RESUMABLE',
      `Run ${run.id} is ${run.state}; only a failed or cancelled run can be resumed`,
    )
  }
  const steps = run.steps.map(step => (isStepDone(step.state) ? step : reopenStep(step, now)))
  const state = move(resumeTransitions.run, run.state, 'running')
  const reopened = { ...run, state, startedAt: run.startedAt ?? now, finishedAt: null, steps }
  return advance({ run: reopened, events: [event(run, null, 'run.resumed', { principal }, now)] }, now)
}

function reopenStep(step: StoredStep, now: Micros): StoredStep {
  if (step.state === 'skipped') return step
  const state = move<StoredStep['state']>(resumeTransitions.step, step.state, 'waiting')
  return {
    ...step,
    state,
    progress: null,
    startedAt: null,
    finishedAt: null,
    dueAt: now,
    reuseChecked: false,
    openedAfter: step.attempts.at(-1)?.number ?? 0,
  }
}
