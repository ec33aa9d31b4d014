import { queryOptions } from '@tanstack/react-query'
import type { RequestOptions } from '../api.ts'
import { request } from '../api.ts'

type RunQuery = RequestOptions<'runs'>['query']
type DefinitionQuery = RequestOptions<'definitions'>['query']

/** Events tell of runs only; what is applied, deployed or moved by hand is asked for anew while it is looked at. */
const untold = { refetchInterval: 4_000 } as const

/** One entry per question the pages ask. The first word of the key is what live events name. */
export const queries = {
  health: () =>
    queryOptions({ queryKey: ['health'], queryFn: ({ signal }) => request('health', { signal }) }),
  home: () =>
    queryOptions({ queryKey: ['home'], queryFn: ({ signal }) => request('home', { signal }), ...untold }),
  definitions: (query: DefinitionQuery) =>
    queryOptions({
      queryKey: ['definitions', query],
      queryFn: ({ signal }) => request('definitions', { query, signal }),
      ...untold,
      placeholderData: previous => previous,
    }),
  definition: (kind: string, name: string) =>
    queryOptions({
      queryKey: ['definition', kind, name],
      queryFn: ({ signal }) => request('definition', { params: { kind, name }, signal }),
      ...untold,
    }),
  lineage: (focus?: string) =>
    queryOptions({
      queryKey: ['lineage', focus ?? ''],
      queryFn: ({ signal }) => request('lineage', { query: focus ? { focus } : {}, signal }),
      ...untold,
    }),
  pipelines: () =>
    queryOptions({
      queryKey: ['pipelines'],
      queryFn: ({ signal }) => request('pipelines', { signal }),
      ...untold,
    }),
  runs: (query: RunQuery) =>
    queryOptions({
      queryKey: ['runs', query],
      queryFn: ({ signal }) => request('runs', { query, signal }),
      placeholderData: previous => previous,
    }),
  run: (id: string) =>
    queryOptions({
      queryKey: ['run', id],
      queryFn: ({ signal }) => request('run', { params: { id }, signal }),
    }),
  models: () =>
    queryOptions({ queryKey: ['models'], queryFn: ({ signal }) => request('models', { signal }), ...untold }),
  model: (name: string) =>
    queryOptions({
      queryKey: ['model', name],
      queryFn: ({ signal }) => request('model', { params: { name }, signal }),
      ...untold,
    }),
  deployments: () =>
    queryOptions({
      queryKey: ['deployments'],
      queryFn: ({ signal }) => request('deployments', { signal }),
      ...untold,
    }),
  deployment: (name: string) =>
    queryOptions({
      queryKey: ['deployment', name],
      queryFn: ({ signal }) => request('deployment', { params: { name }, signal }),
    }),
  decisions: (name: string, limit = 20) =>
    queryOptions({
      queryKey: ['decisions', name, limit],
      queryFn: ({ signal }) => request('decisions', { params: { name }, query: { limit }, signal }),
    }),
  decision: (id: string) =>
    queryOptions({
      queryKey: ['decision', id],
      queryFn: ({ signal }) => request('decision', { params: { id }, signal }),
    }),
}
