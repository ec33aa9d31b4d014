import { runStatus, viewType } from './enums.ts'
import { keyValue, searchFields } from './experiment-routes.ts'
import { double, integer, listOf, message, nameOf, optional, required, text } from './fields.ts'
import { reads, writes } from './route-types.ts'

const runId = { run_id: required(text, 'run_uuid') } as const

const datasetInput = message({
  dataset: required(
    message({
      name: required(text),
      digest: required(text),
      source_type: required(text),
      source: required(text),
      schema: optional(text),
      profile: optional(text),
    }),
  ),
  tags: optional(listOf(keyValue)),
})

export const runRoutes = {
  createRun: writes('POST', '/runs/create', {
    experiment_id: required(text),
    user_id: optional(text),
    run_name: optional(text),
    start_time: optional(integer),
    tags: optional(listOf(keyValue)),
  }),
  getRun: reads(['GET'], '/runs/get', runId),
  updateRun: writes('POST', '/runs/update', {
    ...runId,
    status: optional(nameOf(runStatus)),
    end_time: optional(integer),
    run_name: optional(text),
  }),
  deleteRun: writes('POST', '/runs/delete', runId),
  restoreRun: writes('POST', '/runs/restore', runId),
  searchRuns: reads(['POST'], '/runs/search', {
    ...searchFields,
    experiment_ids: optional(listOf(text)),
    run_view_type: optional(nameOf(viewType)),
  }),
  logMetric: writes('POST', '/runs/log-metric', {
    ...runId,
    key: required(text),
    value: required(double),
    timestamp: required(integer),
    step: optional(integer),
    model_id: optional(text),
    dataset_name: optional(text),
    dataset_digest: optional(text),
  }),
  logParam: writes('POST', '/runs/log-parameter', { ...runId, key: required(text), value: optional(text) }),
  setTag: writes('POST', '/runs/set-tag', { ...runId, key: required(text), value: optional(text) }),
  deleteTag: writes('POST', '/runs/delete-tag', { ...runId, key: required(text) }),
  logInputs: writes('POST', '/runs/log-inputs', {
    ...runId,
    datasets: optional(listOf(datasetInput)),
    models: optional(listOf(message({ model_id: required(text) }))),
  }),
  logOutputs: writes('POST', '/runs/outputs', {
    ...runId,
    models: required(listOf(message({ model_id: required(text), step: optional(integer) }))),
  }),
  logModel: writes('POST', '/runs/log-model', { ...runId, model_json: required(text) }),
  getMetricHistory: reads(['GET'], '/metrics/get-history', {
    ...runId,
    metric_key: required(text),
    page_token: optional(text),
    max_results: optional(integer),
  }),
  getMetricHistoryBulkInterval: reads(['GET'], '/metrics/get-history-bulk-interval', {
    run_ids: required(listOf(text)),
    metric_key: required(text),
    start_step: optional(integer),
    end_step: optional(integer),
    max_results: optional(integer),
  }),
  getMetricHistoryBulk: {
    ...reads(['GET'], '/metrics/get-history-bulk', {
      run_id: optional(listOf(text)),
      metric_key: optional(text),
      max_results: optional(integer),
    }),
    browserOnly: true,
  },
  listArtifacts: reads(['GET'], '/artifacts/list', {
    ...runId,
    path: optional(text),
    page_token: optional(text),
  }),
} as const
