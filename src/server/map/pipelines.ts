import type { Run, RunSummary, Step, RunEvent as WireEvent } from '../../api/pipelines.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type {
  Artifact,
  Attempt,
  PipelineRun,
  Progress,
  RunEvent,
  StepPlan,
  StepRecord,
} from '../../pipelines/index.ts'
import { jsonSafe } from '../errors.ts'
import { toWireJson } from './json.ts'
import { timestampOrNull } from './time.ts'

const over: readonly StepRecord['state'][] = [
  'succeeded',
  'reused',
  'failed',
  'blocked',
  'skipped',
  'cancelled',
]

export function runSummaryToWire(run: PipelineRun): RunSummary {
  const current =
    run.steps.find(step => step.state === 'running') ?? run.steps.find(step => step.state === 'failed')
  return {
    id: run.id,
    pipeline: run.plan.pipeline,
    state: run.state,
    createdAt: formatTimestamp(run.createdAt),
    startedAt: timestampOrNull(run.startedAt),
    finishedAt: timestampOrNull(run.finishedAt),
    stepsDone: run.steps.filter(step => over.includes(step.state)).length,
    stepsTotal: run.steps.length,
    currentStep: current?.plan.id ?? null,
  }
}

export function runToWire(run: PipelineRun): Run {
  return {
    ...runSummaryToWire(run),
    params: Object.fromEntries(
      Object.entries(run.plan.params).map(([name, value]) => [name, toWireJson(value)]),
    ),
    definition: run.plan.definition,
    steps: run.steps.map(stepToWire),
  }
}

/** Ids of the steps that must be done first. */
function needsOf(plan: StepPlan): string[] {
  return [...new Set([...Object.values(plan.inputs).map(input => input.from), ...plan.after])]
}

function stepToWire(step: StepRecord): Step {
  return {
    id: step.plan.id,
    title: step.plan.title,
    kind: step.plan.body.kind,
    state: step.state,
    needs: needsOf(step.plan),
    key: step.key,
    reusedFrom: step.reusedFrom,
    startedAt: timestampOrNull(step.startedAt),
    finishedAt: timestampOrNull(step.finishedAt),
    progress: step.progress === null ? null : progressToWire(step.progress),
    attempts: step.attempts.map(attemptToWire),
    outputs: Object.fromEntries(
      Object.entries(step.outputs).map(([name, artifact]) => [name, artifactToWire(artifact)]),
    ),
  }
}

function progressToWire(progress: Progress): NonNullable<Step['progress']> {
  return { ...progress, at: formatTimestamp(progress.at) }
}

function attemptToWire(attempt: Attempt): Step['attempts'][number] {
  return {
    number: attempt.number,
    state: attempt.state,
    worker: attempt.worker,
    startedAt: formatTimestamp(attempt.startedAt),
    finishedAt: timestampOrNull(attempt.finishedAt),
    errorClass: attempt.errorClass,
    error: attempt.error === null ? null : { ...attempt.error, details: jsonSafe(attempt.error.details) },
  }
}

function artifactToWire(artifact: Artifact): Step['outputs'][string] {
  const { kind, hash, bytes } = artifact
  if (artifact.kind === 'json') return { kind, hash, bytes, value: toWireJson(artifact.value) }
  if (artifact.kind === 'directory')
    return { kind, hash, bytes, files: artifact.files.map(file => ({ ...file })) }
  return { kind, hash, bytes }
}

export function eventToWire(event: RunEvent): WireEvent {
  return { ...event, at: formatTimestamp(event.at), data: toWireJson(event.data) }
}
