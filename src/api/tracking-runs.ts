import { z } from 'zod'
import { page, timestamp } from './common.ts'
import type { Route } from './routes.ts'

const cursor = { cursor: z.string().optional(), limit: z.coerce.number().int().min(1).max(500).optional() }
const lifecycle = z.enum(['active', 'deleted'])
const lifecycleView = z.enum(['active', 'deleted', 'all'])
const texts = z.record(z.string(), z.string())

/** A metric's value; NaN and the infinities by name, since JSON has no form for them. */
const metricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])])
const point = z.object({ step: z.number(), value: metricValue, at: timestamp })

const trackedExperiment = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.string(),
  lifecycle,
  createdAt: timestamp,
  updatedAt: timestamp,
  tags: texts,
  runCount: z.number(),
  lastRunAt: timestamp.nullable(),
})

const runHead = z.object({
  id: z.string(),
  /** Experiment id. */
  experiment: z.string(),
  name: z.string(),
  user: z.string(),
  status: z.enum(['scheduled', 'running', 'finished', 'failed', 'killed']),
  lifecycle,
  startedAt: timestamp.nullable(),
  endedAt: timestamp.nullable(),
  parent: z.string().nullable(),
  forkOf: z.object({ run: z.string(), step: z.number() }).nullable(),
  pipelineRun: z.string().nullable(),
  trainingSet: z.string().nullable(),
  /** Whether its writer is still there; `inferred` when only concluded from silence. */
  liveness: z.object({
    state: z.enum(['alive', 'silent', 'lost', 'unwatched']),
    inferred: z.boolean(),
    since: timestamp.nullable(),
  }),
})

/** A run with the asked columns, in the order they were asked; null where the run has none. */
const runRow = runHead.extend({ values: z.array(z.union([z.string(), z.number(), z.null()])) })

const runScope = z.object({
  /** Experiment ids. */
  experiments: z.array(z.string()).min(1).max(100),
  filter: z.string().optional(),
  lifecycle: lifecycleView.optional(),
})

const trackedRun = runHead.extend({
  experimentName: z.string(),
  tags: texts,
  params: texts,
  metricCount: z.number(),
  datasets: z.array(
    z.object({
      name: z.string(),
      digest: z.string(),
      sourceType: z.string(),
      source: z.string(),
      context: z.string().nullable(),
    }),
  ),
  modelInputs: z.array(z.string()),
  modelOutputs: z.array(
    z.object({ modelId: z.string(), step: z.number(), name: z.string(), status: z.string() }),
  ),
  revision: z.number(),
})

const seriesSummary = z.object({
  key: z.string(),
  count: z.number(),
  first: point,
  latest: point,
  least: point.nullable(),
  greatest: point.nullable(),
})

const curve = z.object({
  run: z.string(),
  key: z.string(),
  points: z.array(point),
  /** Whether points were left out; `of` is how many there are in the range. */
  sampled: z.boolean(),
  of: z.number(),
})

/** What one run has beside another, key by key; null where a run has none. */
const comparedRows = z.object({
  rows: z.array(z.object({ key: z.string(), values: z.array(z.union([z.string(), z.number(), z.null()])) })),
  same: z.number(),
  differ: z.number(),
  /** Rows that were not sent, since there are too many. */
  left: z.number(),
})

const comparison = z.object({
  runs: z.array(runHead),
  params: comparedRows,
  metrics: comparedRows,
  tags: comparedRows,
  /** Code, data and environment, as far as the runs recorded them. */
  origin: comparedRows,
})

export const runRoutes = {
  trackedExperiments: {
    method: 'GET',
    path: '/tracking/experiments',
    permission: 'read',
    summary: 'Experiments with their number of runs',
    query: z.object({ ...cursor, filter: z.string().optional(), lifecycle: lifecycleView.optional() }),
    response: page(trackedExperiment),
  },
  trackedExperiment: {
    method: 'GET',
    path: '/tracking/experiments/:name',
    permission: 'read',
    summary: 'One experiment by name',
    response: trackedExperiment.omit({ runCount: true, lastRunAt: true }),
  },
  selectRuns: {
    method: 'POST',
    path: '/tracking/runs/select',
    permission: 'read',
    summary: 'Runs that match a filter, in an order, with the asked columns only',
    body: runScope.extend({
      orderBy: z.array(z.string()).max(5).optional(),
      /** `metrics.auc`, `metrics.auc.max`, `params.depth`, `tags.team`. */
      columns: z.array(z.string()).max(300),
      cursor: z.string().optional(),
      limit: z.number().int().min(1).max(500).optional(),
    }),
    response: page(runRow),
  },
  countRuns: {
    method: 'POST',
    path: '/tracking/runs/count',
    permission: 'read',
    summary: 'How many runs match a filter, exactly or about',
    body: runScope.extend({ precision: z.enum(['exact', 'about']).optional() }),
    response: z.object({ count: z.number(), exact: z.boolean() }),
  },
  runKeys: {
    method: 'GET',
    path: '/tracking/runs/keys',
    permission: 'read',
    summary: 'Names of params, metrics or tags that runs of experiments have',
    query: z.object({
      /** Experiment ids, joined by commas. */
      experiments: z.string(),
      kind: z.enum(['params', 'metrics', 'tags']),
      contains: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(500).optional(),
    }),
    response: z.object({ keys: z.array(z.string()), more: z.boolean() }),
  },
  trackedRun: {
    method: 'GET',
    path: '/tracking/runs/:id',
    permission: 'read',
    summary: 'One tracked run without its metrics',
    response: trackedRun,
  },
  changeRun: {
    method: 'POST',
    path: '/tracking/runs/:id',
    permission: 'write',
    summary: 'Rename a run, set tags and remove them (null)',
    body: z.object({
      name: z.string().optional(),
      tags: z.record(z.string(), z.string().nullable()).optional(),
    }),
    response: trackedRun,
  },
  removeRun: {
    method: 'DELETE',
    path: '/tracking/runs/:id',
    permission: 'write',
    summary: 'Delete a run; it can be restored',
    response: z.object({}),
  },
  restoreRun: {
    method: 'POST',
    path: '/tracking/runs/:id/restore',
    permission: 'write',
    summary: 'Restore a deleted run',
    response: z.object({}),
  },
  runMetrics: {
    method: 'GET',
    path: '/tracking/runs/:id/metrics',
    permission: 'read',
    summary: 'First, last, least and greatest of the metrics of a run, by name',
    query: z.object({ ...cursor, contains: z.string().optional() }),
    response: page(seriesSummary).extend({ total: z.number() }),
  },
  runCurve: {
    method: 'GET',
    path: '/tracking/runs/:id/curve',
    permission: 'read',
    summary: 'A metric over steps or time, down-sampled to a width in pixels',
    query: z.object({
      key: z.string(),
      axis: z.enum(['step', 'time']).optional(),
      pixels: z.coerce.number().int().min(1).max(4000).optional(),
      /** Range of the axis: steps, or milliseconds since the epoch. */
      from: z.coerce.number().optional(),
      to: z.coerce.number().optional(),
    }),
    response: curve,
  },
  compareRuns: {
    method: 'POST',
    path: '/tracking/runs/compare',
    permission: 'read',
    summary: 'Params, metrics, tags and origin of up to 50 runs side by side',
    body: z.object({
      runs: z.array(z.string()).min(1).max(50),
      /** Rows that are equal in all runs too. */
      equal: z.boolean().optional(),
      of: z.enum(['last', 'first', 'min', 'max']).optional(),
      contains: z.string().optional(),
    }),
    response: comparison,
  },
} as const satisfies Record<string, Route>

export type TrackedExperiment = z.infer<typeof trackedExperiment>
export type RunHead = z.infer<typeof runHead>
export type RunRow = z.infer<typeof runRow>
export type TrackedRun = z.infer<typeof trackedRun>
export type SeriesSummary = z.infer<typeof seriesSummary>
export type Curve = z.infer<typeof curve>
export type CurvePoint = z.infer<typeof point>
export type ComparedRows = z.infer<typeof comparedRows>
export type Comparison = z.infer<typeof comparison>
