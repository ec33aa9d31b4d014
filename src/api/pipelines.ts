import { z } from 'zod'
import { artifact, errorBody, json, progress, timestamp } from './common.ts'

export const runState = z.enum([
  'queued',
  'running',
  'paused',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
])
const stepState = z.enum([
  'waiting',
  'ready',
  'running',
  'succeeded',
  'reused',
  'failed',
  'blocked',
  'skipped',
  'cancelled',
])
const attemptState = z.enum(['leased', 'running', 'succeeded', 'failed', 'lost', 'timed_out', 'cancelled'])
export const errorClass = z.enum(['infra', 'capacity', 'user', 'data', 'timeout', 'bug'])

export const pipelineSummary = z.object({
  name: z.string(),
  title: z.string(),
  model: z.string().nullable(),
  /** When it runs by itself. */
  schedule: z.string().nullable(),
  nextAt: timestamp.nullable(),
  steps: z.array(z.object({ id: z.string(), title: z.string(), needs: z.array(z.string()) })),
  lastRun: z.object({ id: z.string(), state: runState, finishedAt: timestamp.nullable() }).nullable(),
})

const attempt = z.object({
  number: z.number(),
  state: attemptState,
  worker: z.string(),
  startedAt: timestamp,
  finishedAt: timestamp.nullable(),
  errorClass: errorClass.nullable(),
  error: errorBody.shape.error.nullable(),
})

const step = z.object({
  id: z.string(),
  title: z.string(),
  kind: z.enum(['action', 'command']),
  state: stepState,
  needs: z.array(z.string()),
  key: z.string().nullable(),
  /** Run id whose result was reused. */
  reusedFrom: z.string().nullable(),
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
  progress: progress.nullable(),
  attempts: z.array(attempt),
  outputs: z.record(z.string(), artifact),
})

export const runSummary = z.object({
  id: z.string(),
  pipeline: z.string(),
  state: runState,
  createdAt: timestamp,
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
  stepsDone: z.number(),
  stepsTotal: z.number(),
  /** The running or failed step, if any. */
  currentStep: z.string().nullable(),
})

export const run = runSummary.extend({
  params: z.record(z.string(), json),
  definition: z.string(),
  steps: z.array(step),
})

export const startRun = z.object({
  pipeline: z.string(),
  params: z.record(z.string(), json).optional(),
  idempotencyKey: z.string().optional(),
  /** 'unchanged' reuses any equal step of the project; 'never' runs everything. */
  reuse: z.enum(['lineage', 'unchanged', 'never']).optional(),
})

/** One line of a step's log. */
const logLine = z.object({
  offset: z.number(),
  at: timestamp.nullable(),
  stream: z.enum(['stdout', 'stderr', 'system']),
  text: z.string(),
})
export const logPage = z.object({ lines: z.array(logLine), next: z.number(), ended: z.boolean() })

/** Server-sent event `run`: something about this run changed; fetch it again. `progress` travels inside. */
const runEvent = z.object({
  seq: z.number(),
  run: z.string(),
  step: z.string().nullable(),
  type: z.string(),
  at: timestamp,
  data: json,
})

export type RunSummary = z.infer<typeof runSummary>
export type Run = z.infer<typeof run>
export type Step = z.infer<typeof step>
export type PipelineSummary = z.infer<typeof pipelineSummary>
export type LogPage = z.infer<typeof logPage>
export type RunEvent = z.infer<typeof runEvent>
