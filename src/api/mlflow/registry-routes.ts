import { keyValue, searchFields } from './experiment-routes.ts'
import { boolean, listOf, optional, required, text } from './fields.ts'
import { reads, writes } from './route-types.ts'

const name = { name: required(text) } as const
/** Versions are decimal text on this wire. */
const version = { ...name, version: required(text) } as const
const alias = { ...name, alias: required(text) } as const
const tag = { key: required(text), value: optional(text) } as const

export const registryRoutes = {
  createModel: writes('POST', '/registered-models/create', {
    ...name,
    tags: optional(listOf(keyValue)),
    description: optional(text),
  }),
  renameModel: writes('POST', '/registered-models/rename', { ...name, new_name: required(text) }),
  updateModel: writes('PATCH', '/registered-models/update', { ...name, description: optional(text) }),
  deleteModel: writes('DELETE', '/registered-models/delete', name),
  getModel: reads(['GET'], '/registered-models/get', name),
  searchModels: reads(['GET'], '/registered-models/search', searchFields),
  getLatestVersions: reads(['POST', 'GET'], '/registered-models/get-latest-versions', {
    ...name,
    stages: optional(listOf(text)),
  }),
  setModelTag: writes('POST', '/registered-models/set-tag', { ...name, ...tag }),
  deleteModelTag: writes('DELETE', '/registered-models/delete-tag', { ...name, key: required(text) }),
  setAlias: writes('POST', '/registered-models/alias', { ...alias, version: required(text) }),
  getAlias: reads(['GET'], '/registered-models/alias', alias),
  deleteAlias: writes('DELETE', '/registered-models/alias', alias),
  createVersion: writes('POST', '/model-versions/create', {
    ...name,
    source: required(text),
    run_id: optional(text),
    model_id: optional(text),
    tags: optional(listOf(keyValue)),
    run_link: optional(text),
    description: optional(text),
  }),
  getVersion: reads(['GET'], '/model-versions/get', version),
  searchVersions: reads(['GET'], '/model-versions/search', searchFields),
  getDownloadUri: reads(['GET'], '/model-versions/get-download-uri', version),
  updateVersion: writes('PATCH', '/model-versions/update', { ...version, description: optional(text) }),
  deleteVersion: writes('DELETE', '/model-versions/delete', version),
  setVersionTag: writes('POST', '/model-versions/set-tag', { ...version, ...tag }),
  deleteVersionTag: writes('DELETE', '/model-versions/delete-tag', { ...version, key: required(text) }),
  transitionStage: writes('POST', '/model-versions/transition-stage', {
    ...version,
    stage: required(text),
    archive_existing_versions: optional(boolean),
  }),
} as const
