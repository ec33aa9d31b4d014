import { loggedModelStatus } from './enums.ts'
import { keyValue } from './experiment-routes.ts'
import { boolean, integer, listOf, message, nameOf, optional, required, text } from './fields.ts'
import { reads, writes } from './route-types.ts'

const modelId = { model_id: required(text) } as const

export const loggedModelRoutes = {
  createLoggedModel: writes('POST', '/logged-models', {
    experiment_id: required(text),
    name: optional(text),
    model_type: optional(text),
    source_run_id: optional(text),
    params: optional(listOf(keyValue)),
    tags: optional(listOf(keyValue)),
  }),
  getLoggedModel: reads(['GET'], '/logged-models/:model_id', modelId),
  finishLoggedModel: writes('PATCH', '/logged-models/:model_id', {
    ...modelId,
    status: required(nameOf(loggedModelStatus)),
  }),
  deleteLoggedModel: writes('DELETE', '/logged-models/:model_id', modelId),
  searchLoggedModels: reads(['POST'], '/logged-models/search', {
    experiment_ids: required(listOf(text)),
    filter: optional(text),
    datasets: optional(listOf(message({ dataset_name: required(text), dataset_digest: optional(text) }))),
    max_results: optional(integer),
    order_by: optional(
      listOf(
        message({
          field_name: required(text),
          ascending: optional(boolean),
          dataset_name: optional(text),
          dataset_digest: optional(text),
        }),
      ),
    ),
    page_token: optional(text),
  }),
  setLoggedModelTags: writes('PATCH', '/logged-models/:model_id/tags', {
    ...modelId,
    tags: optional(listOf(keyValue)),
  }),
  deleteLoggedModelTag: writes('DELETE', '/logged-models/:model_id/tags/:tag_key', {
    ...modelId,
    tag_key: required(text),
  }),
  logLoggedModelParams: writes('POST', '/logged-models/:model_id/params', {
    ...modelId,
    params: optional(listOf(keyValue)),
  }),
  listLoggedModelArtifacts: reads(['GET'], '/logged-models/:model_id/artifacts/directories', {
    ...modelId,
    artifact_directory_path: optional(text),
    page_token: optional(text),
  }),
} as const
