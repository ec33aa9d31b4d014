import type { RouteAddress } from './route-types.ts'
import type { RouteName } from './routes.ts'

/**
 * Method and path of every route, without the schemas: what a client needs at run time. The type is computed from the
 * table in routes.ts, so an entry that differs from it does not compile.
 */
export const addresses: { readonly [Name in RouteName]: RouteAddress<Name> } = {
  health: 'GET /health',
  home: 'GET /home',
  audit: 'GET /audit',
  plan: 'POST /plan',
  apply: 'POST /apply',
  definitions: 'GET /definitions',
  definition: 'GET /definitions/:kind/:name',
  lineage: 'GET /lineage',
  pipelines: 'GET /pipelines',
  startRun: 'POST /runs',
  runs: 'GET /runs',
  run: 'GET /runs/:id',
  cancelRun: 'POST /runs/:id/cancel',
  resumeRun: 'POST /runs/:id/resume',
  stepLog: 'GET /runs/:id/steps/:step/log',
  experiments: 'GET /experiments',
  experimentRuns: 'GET /experiments/:name/runs',
  createExperimentRun: 'POST /experiment-runs',
  experimentRun: 'GET /experiment-runs/:id',
  logBatch: 'POST /experiment-runs/:id/log',
  finishExperimentRun: 'POST /experiment-runs/:id/finish',
  addArtifacts: 'POST /experiment-runs/:id/artifacts',
  metricHistory: 'GET /experiment-runs/:id/metrics',
  models: 'GET /models',
  model: 'GET /models/:name',
  registerVersion: 'POST /models/:name/versions',
  setAlias: 'PUT /models/:name/aliases/:alias',
  object: 'GET /objects/:hash',
  recordMaterialization: 'POST /materializations',
  recordTrainingSetBuild: 'POST /training-set-builds',
  deployments: 'GET /deployments',
  deployment: 'GET /deployments/:name',
  deploy: 'POST /deployments/:name/deploy',
  predict: 'POST /deployments/:name/predict',
  decisions: 'GET /deployments/:name/decisions',
  decision: 'GET /decisions/:id',
}
