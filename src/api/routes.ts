import { z } from 'zod'
import { batchRoutes } from './batch.ts'
import * as catalog from './catalog.ts'
import { catalogRoutes } from './catalog-routes.ts'
import * as checks from './checks.ts'
import { page } from './common.ts'
import { decisionRoutes } from './decisions.ts'
import { demoRoutes } from './demo.ts'
import { deploymentRoutes } from './deployment-routes.ts'
import { erasureRoutes } from './erasures.ts'
import { evaluationRoutes } from './evaluations.ts'
import * as facts from './facts.ts'
import { feedbackRoutes } from './feedback.ts'
import * as pipelines from './pipelines.ts'
import { releaseRoutes } from './releases.ts'
import { reproductionRoutes } from './reproduction.ts'
import { rolloutRoutes } from './rollouts.ts'
import { skewRoutes } from './skew.ts'
import { suggestionRoutes } from './suggestion-routes.ts'
import { alertRoutes } from './sync-alerts.ts'
import { syncRoutes } from './sync-routes.ts'
import * as tracking from './tracking.ts'
import { trackingRoutes } from './tracking-routes.ts'
import * as trainingSets from './training-sets.ts'

/** One route of the native API: the whole contract that server, client, CLI and UI share. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path under /api/v1, with `:name` parameters. */
  readonly path: string
  /** `link`: the address holds a token that says what it opens; the handler checks it. */
  readonly permission: 'read' | 'write' | 'apply' | 'run' | 'deploy' | 'worker' | 'link'
  readonly summary: string
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly response: z.ZodType
  /** Media type of the reply; JSON when left out. */
  readonly produces?: 'application/octet-stream'
}

const cursor = { cursor: z.string().optional(), limit: z.coerce.number().int().min(1).max(500).optional() }

export const health = z.object({
  name: z.literal('fettle'),
  version: z.string(),
  folder: z.string(),
  startedAt: z.string(),
  clock: z.string(),
  ready: z.boolean(),
  dataUrl: z.string().nullable(),
  workers: z.number(),
  node: z.string(),
})

export const routes = {
  health: {
    method: 'GET',
    path: '/health',
    permission: 'read',
    summary: 'Whether the server is ready, and what it is',
    response: health,
  },
  home: {
    method: 'GET',
    path: '/home',
    permission: 'read',
    summary: 'What happened, what needs me',
    response: catalog.home,
  },
  audit: {
    method: 'GET',
    path: '/audit',
    permission: 'read',
    summary: 'Audit events, newest first',
    query: z.object(cursor),
    response: catalog.auditPage,
  },

  plan: {
    method: 'POST',
    path: '/plan',
    permission: 'read',
    summary: 'What applying a project would change',
    body: catalog.planRequest,
    response: catalog.plan,
  },
  apply: {
    method: 'POST',
    path: '/apply',
    permission: 'apply',
    summary: 'Apply a project as planned',
    body: catalog.applyRequest,
    response: catalog.applyResult,
  },
  definitions: {
    method: 'GET',
    path: '/definitions',
    permission: 'read',
    summary: 'Applied definitions',
    query: z.object({ ...cursor, kind: catalog.definitionKind.optional(), q: z.string().optional() }),
    response: page(catalog.definitionSummary),
  },
  definition: {
    method: 'GET',
    path: '/definitions/:kind/:name',
    permission: 'read',
    summary: 'One definition with versions and neighbours',
    response: catalog.definitionDetail,
  },
  lineage: {
    method: 'GET',
    path: '/lineage',
    permission: 'read',
    summary: 'Lineage graph; around one node when focus is given',
    query: z.object({ focus: z.string().optional() }),
    response: catalog.lineage,
  },
  ...catalogRoutes,

  pipelines: {
    method: 'GET',
    path: '/pipelines',
    permission: 'read',
    summary: 'Pipelines compiled from the definitions',
    response: page(pipelines.pipelineSummary),
  },
  startRun: {
    method: 'POST',
    path: '/runs',
    permission: 'run',
    summary: 'Start a pipeline run',
    body: pipelines.startRun,
    response: pipelines.run,
  },
  runs: {
    method: 'GET',
    path: '/runs',
    permission: 'read',
    summary: 'Pipeline runs, newest first',
    query: z.object({ ...cursor, pipeline: z.string().optional(), state: pipelines.runState.optional() }),
    response: page(pipelines.runSummary),
  },
  run: {
    method: 'GET',
    path: '/runs/:id',
    permission: 'read',
    summary: 'One run with steps and attempts',
    response: pipelines.run,
  },
  cancelRun: {
    method: 'POST',
    path: '/runs/:id/cancel',
    permission: 'run',
    summary: 'Cancel a run',
    response: pipelines.run,
  },
  resumeRun: {
    method: 'POST',
    path: '/runs/:id/resume',
    permission: 'run',
    summary: 'Resume a failed or cancelled run with its stored plan',
    response: pipelines.run,
  },
  stepLog: {
    method: 'GET',
    path: '/runs/:id/steps/:step/log',
    permission: 'read',
    summary: 'Log of the latest attempt from a byte offset',
    query: z.object({
      offset: z.coerce.number().int().min(0).optional(),
      attempt: z.coerce.number().int().optional(),
    }),
    response: pipelines.logPage,
  },

  experiments: {
    method: 'GET',
    path: '/experiments',
    permission: 'read',
    summary: 'Experiments',
    query: z.object(cursor),
    response: page(tracking.experiment),
  },
  experimentRuns: {
    method: 'GET',
    path: '/experiments/:name/runs',
    permission: 'read',
    summary: 'Runs of an experiment',
    query: z.object({ ...cursor, orderBy: z.string().optional() }),
    response: page(tracking.experimentRun),
  },
  createExperimentRun: {
    method: 'POST',
    path: '/experiment-runs',
    permission: 'write',
    summary: 'Start a tracked run',
    body: tracking.createExperimentRun,
    response: tracking.experimentRun,
  },
  experimentRun: {
    method: 'GET',
    path: '/experiment-runs/:id',
    permission: 'read',
    summary: 'One tracked run',
    response: tracking.experimentRun.extend({ artifacts: z.array(tracking.artifactEntry) }),
  },
  logBatch: {
    method: 'POST',
    path: '/experiment-runs/:id/log',
    permission: 'write',
    summary: 'Log params, metrics and tags, all or nothing',
    body: tracking.logBatch,
    response: z.object({}),
  },
  finishExperimentRun: {
    method: 'POST',
    path: '/experiment-runs/:id/finish',
    permission: 'write',
    summary: 'End a tracked run',
    body: tracking.finishExperimentRun,
    response: tracking.experimentRun,
  },
  addArtifacts: {
    method: 'POST',
    path: '/experiment-runs/:id/artifacts',
    permission: 'write',
    summary: 'Attach files that are in the object store already to a tracked run',
    body: tracking.addArtifacts,
    response: z.object({}),
  },
  metricHistory: {
    method: 'GET',
    path: '/experiment-runs/:id/metrics',
    permission: 'read',
    summary: 'History of one metric',
    query: z.object({ key: z.string() }),
    response: tracking.metricHistory,
  },

  models: {
    method: 'GET',
    path: '/models',
    permission: 'read',
    summary: 'Registered models',
    query: z.object(cursor),
    response: page(tracking.modelSummary),
  },
  model: {
    method: 'GET',
    path: '/models/:name',
    permission: 'read',
    summary: 'One model with versions and alias history',
    response: tracking.model,
  },
  registerVersion: {
    method: 'POST',
    path: '/models/:name/versions',
    permission: 'write',
    summary: 'Register a model version; equal bytes again give the version there is',
    body: tracking.registerVersion,
    response: tracking.modelVersion,
  },
  setAlias: {
    method: 'PUT',
    path: '/models/:name/aliases/:alias',
    permission: 'write',
    summary: 'Point an alias at a version',
    body: z.object({ version: z.number().int(), reason: z.string().optional() }),
    response: tracking.model,
  },

  object: {
    method: 'GET',
    path: '/objects/:hash',
    permission: 'read',
    summary: 'Bytes of a stored object by sha256:<hex>',
    response: facts.bytes,
    produces: 'application/octet-stream',
  },
  recordMaterialization: {
    method: 'POST',
    path: '/materializations',
    permission: 'worker',
    summary: 'Report of a materialize step',
    body: facts.materialization,
    response: z.object({}),
  },
  ...trackingRoutes,
  ...syncRoutes,
  ...alertRoutes,
  ...checks.checkRoutes,
  ...skewRoutes,
  ...erasureRoutes,
  ...suggestionRoutes,
  ...reproductionRoutes,
  ...evaluationRoutes,
  ...decisionRoutes,
  ...demoRoutes,
  ...feedbackRoutes,
  ...batchRoutes,
  ...rolloutRoutes,
  ...releaseRoutes,
  recordTrainingSetBuild: {
    method: 'POST',
    path: '/training-set-builds',
    permission: 'worker',
    summary: 'Manifest of a training set that was built',
    body: facts.trainingSetBuild,
    response: z.object({}),
  },

  trainingSets: {
    method: 'GET',
    path: '/training-sets',
    permission: 'read',
    summary: 'Stored training sets, newest first',
    query: z.object({ name: z.string().optional() }),
    response: page(trainingSets.trainingSetSummary),
  },
  trainingSet: {
    method: 'GET',
    path: '/training-sets/:id',
    permission: 'read',
    summary: 'The manifest of one, by id, name@v3, or name (the newest)',
    response: trainingSets.trainingSet,
  },
  trainingSetRows: {
    method: 'GET',
    path: '/training-sets/:id/rows',
    permission: 'read',
    summary: 'Rows of one as JSON lines, CSV, Arrow or Parquet',
    query: trainingSets.rowsQuery,
    response: trainingSets.rows,
    produces: 'application/octet-stream',
  },
  verifyTrainingSet: {
    method: 'POST',
    path: '/training-sets/:id/verify',
    permission: 'read',
    summary: 'Reads a stored set back and compares it with its manifest',
    query: trainingSets.verifyQuery,
    response: trainingSets.verification,
  },
  ...deploymentRoutes,
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof routes
export type RouteBody<Name extends RouteName> = (typeof routes)[Name] extends {
  body: infer B extends z.ZodType
}
  ? z.infer<B>
  : undefined
export type RouteQuery<Name extends RouteName> = (typeof routes)[Name] extends {
  query: infer Q extends z.ZodType
}
  ? z.infer<Q>
  : undefined
export type RouteResponse<Name extends RouteName> = z.infer<(typeof routes)[Name]['response']>
