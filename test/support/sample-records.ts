import type { PipelineRun, RunPlan, StepPlan, StepRecord } from '../../src/pipelines/index.ts'
import type { ModelVersion } from '../../src/registry/index.ts'
import type { DeploymentDetail, ExplainedDecision, PlanChangeData } from '../../src/server/services.ts'

/** 2001-05-08T17:00:00Z. */
export const now = 989_341_200_000_000n
const minute = 60_000_000n

export const hash = `sha256:${'ab'.repeat(32)}`

function stepPlan(id: string, after: readonly string[] = []): StepPlan {
  return {
    id,
    title: `Step ${id}`,
    body: { kind: 'action', action: 'test.act' },
    code: hash,
    environment: 'none',
    params: {},
    inputs: {},
    outputs: { out: 'json' },
    after,
    reusable: true,
    maxRuntime: '1h',
    retry: { infra: 2, user: 0 },
  }
}

export const plan: RunPlan = {
  schema: 1,
  pipeline: 'late',
  title: 'Train late',
  model: 'late',
  definition: hash,
  params: {},
  reuse: 'unchanged',
  seed: 1,
  steps: [stepPlan('build'), stepPlan('train', ['build'])],
}

export function stepRecord(
  id: string,
  state: StepRecord['state'],
  more: Partial<StepRecord> = {},
): StepRecord {
  const done = state === 'succeeded' || state === 'failed'
  return {
    plan: stepPlan(id, id === 'train' ? ['build'] : []),
    state,
    key: hash,
    reusedFrom: null,
    startedAt: done || state === 'running' ? now - 2n * minute : null,
    finishedAt: done ? now - minute : null,
    progress: null,
    attempts: [],
    outputs: {},
    ...more,
  }
}

export function pipelineRun(
  state: PipelineRun['state'],
  steps: readonly StepRecord[],
  id = 'prn_1',
): PipelineRun {
  const ended = state === 'succeeded' || state === 'failed' || state === 'cancelled'
  return {
    id,
    plan,
    state,
    createdAt: now - 3n * minute,
    startedAt: now - 3n * minute,
    finishedAt: ended ? now - minute : null,
    steps,
  }
}

export const failedAttempt: StepRecord['attempts'][number] = {
  number: 1,
  state: 'failed',
  token: 1,
  worker: 'wrk_1',
  startedAt: now - 2n * minute,
  finishedAt: now - minute,
  leaseUntil: now,
  errorClass: 'data',
  error: {
    code: 'LABEL_ONE_CLASS',
    message: 'the label late is 0 in all 10 rows',
    hint: 'Check the label.',
    details: { rows: 10 },
  },
}

export const modelVersion: ModelVersion = {
  model: 'late',
  version: 1,
  createdAt: now,
  experimentRun: 'run_1',
  pipelineRun: 'prn_1',
  format: 'onnx',
  signature: {
    inputs: [{ name: 'distance', type: 'int64', nullable: false }],
    outputs: [{ name: 'score', type: 'float64', nullable: false }],
  },
  metrics: { roc_auc: 0.7612345, ece: { undefined: 'too few rows' } },
  trainingSet: { id: 'ds-1', checksum: hash, rows: 1_000_000 },
  environment: { python: '3.11' },
  files: [{ path: 'model.onnx', hash, bytes: 3 }],
  evaluation: null,
  digest: hash,
}

export const deployment: DeploymentDetail = {
  name: 'late',
  model: 'late',
  release: 1,
  modelVersion: 1,
  state: 'ready',
  deployedAt: now,
  predictUrl: 'http://127.0.0.1:1/predict/late',
  request: [
    { name: 'origin', type: 'string', role: 'key', nullable: false, description: null },
    { name: 'distance', type: 'int64', role: 'request', nullable: false, description: 'miles' },
  ],
  vector: [{ name: 'distance', type: 'int64', nullable: false }],
  action: { name: 'warn', threshold: 0.4, segments: null },
  fallback: { kind: 'constant', score: 0.21 },
  purpose: null,
  releases: [{ number: 1, digest: hash, model: 'late', modelVersion: 1, deployedAt: now, by: 'local' }],
  traffic: { predictions: 10, degraded: 0, p50Ms: 0.8, p99Ms: null, since: now },
}

export const decision: ExplainedDecision = {
  predictionId: 'b-0',
  deployment: 'late',
  decidedAt: now,
  asOf: now,
  entity: { origin: 'JFK' },
  score: 0.625,
  action: 'warn',
  servedBy: 'model',
  release: 1,
  requestId: 'req_1',
  model: 'late',
  modelVersion: 1,
  digest: hash,
  features: [
    { name: 'distance', type: 'int64', value: 300, state: 'request', eventTime: null, contribution: -0.25 },
    {
      name: 'origin__late_share_3h',
      type: 'float64',
      value: null,
      state: 'missing',
      eventTime: null,
      contribution: 0.75,
    },
  ],
  baseline: 0.01,
  rawScore: 0.51,
  threshold: 0.4,
  segment: null,
  reasons: ['late_share_3h is missing'],
  latencyMicros: { lookup: 120 },
  degradedReasons: [],
  logged: { segment: 'late-0001.log', offset: 64 },
}

export const change: PlanChangeData = {
  ref: 'entity:airport',
  kind: 'entity',
  name: 'airport',
  action: 'create',
  version: 1,
  breaking: false,
  diff: [],
  affects: [],
  warnings: [],
  location: 'definitions/features.ts:4',
}
