import { viewType } from './enums.ts'
import { integer, listOf, message, nameOf, optional, required, text } from './fields.ts'
import { reads, writes } from './route-types.ts'

/** A tag or param as it is sent; an absent value is the empty text. */
export const keyValue = message({ key: required(text), value: optional(text) })
export const searchFields = {
  filter: optional(text),
  max_results: optional(integer),
  order_by: optional(listOf(text)),
  page_token: optional(text),
} as const

const experimentId = { experiment_id: required(text) } as const

export const experimentRoutes = {
  createExperiment: writes('POST', '/experiments/create', {
    name: required(text),
    artifact_location: optional(text),
    tags: optional(listOf(keyValue)),
  }),
  getExperiment: reads(['GET'], '/experiments/get', experimentId),
  getExperimentByName: reads(['GET'], '/experiments/get-by-name', { experiment_name: required(text) }),
  searchExperiments: reads(['POST', 'GET'], '/experiments/search', {
    ...searchFields,
    view_type: optional(nameOf(viewType)),
  }),
  deleteExperiment: writes('POST', '/experiments/delete', experimentId),
  restoreExperiment: writes('POST', '/experiments/restore', experimentId),
  updateExperiment: writes('POST', '/experiments/update', { ...experimentId, new_name: required(text) }),
  setExperimentTag: writes('POST', '/experiments/set-experiment-tag', {
    ...experimentId,
    key: required(text),
    value: optional(text),
  }),
  deleteExperimentTag: writes('POST', '/experiments/delete-experiment-tag', {
    ...experimentId,
    key: required(text),
  }),
  searchDatasets: reads(['POST'], '/experiments/search-datasets', {
    experiment_ids: optional(listOf(text)),
  }),
} as const
