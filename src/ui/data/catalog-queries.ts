import { queryOptions } from '@tanstack/react-query'
import type { RequestOptions } from '../api.ts'
import { request, requestLines } from '../api.ts'

/** Runs change these and events tell of runs only; they are asked for anew while they are looked at. */
const untold = { refetchInterval: 8_000 } as const

type Kind = Exclude<Exclude<RequestOptions<'search'>['query'], undefined>['kind'], undefined>
type Change = 'change' | 'remove'

/** Questions about data: what there is, how old, who uses it, what was built from it. */
export const catalogQueries = {
  search: (query: RequestOptions<'search'>['query']) =>
    queryOptions({
      queryKey: ['search', query],
      queryFn: ({ signal }) => request('search', { query, signal }),
      ...untold,
      placeholderData: previous => previous,
    }),
  facts: (kind: string, name: string) =>
    queryOptions({
      queryKey: ['definitionFacts', kind, name],
      queryFn: ({ signal }) => request('definitionFacts', { params: { kind, name }, signal }),
      ...untold,
    }),
  impact: (of: string, change: Change) =>
    queryOptions({
      queryKey: ['impact', of, change],
      queryFn: ({ signal }) => request('impact', { query: { of, change }, signal }),
    }),
  columns: (of: string) =>
    queryOptions({
      queryKey: ['columnLineage', of],
      queryFn: ({ signal }) => request('columnLineage', { query: { of, direction: 'both' }, signal }),
    }),
  sampleRows: (kind: string, name: string) =>
    queryOptions({
      queryKey: ['sampleRows', kind, name],
      queryFn: ({ signal }) =>
        request('sampleRows', { params: { kind, name }, query: { limit: 20 }, signal }),
    }),
  checkReports: (table: string) =>
    queryOptions({
      queryKey: ['checkReports', table],
      queryFn: ({ signal }) => request('checkReports', { query: { table, limit: 50 }, signal }),
      ...untold,
    }),
  skew: (deployment: string) =>
    queryOptions({
      queryKey: ['skewReport', deployment],
      queryFn: ({ signal }) => request('skewReport', { params: { deployment }, signal }),
      ...untold,
    }),
  trainingSets: (name?: string) =>
    queryOptions({
      queryKey: ['trainingSets', name ?? ''],
      queryFn: ({ signal }) => request('trainingSets', { query: name ? { name } : {}, signal }),
    }),
  trainingSet: (id: string) =>
    queryOptions({
      queryKey: ['trainingSet', id],
      queryFn: ({ signal }) => request('trainingSet', { params: { id }, signal }),
    }),
  trainingRows: (id: string, range: { split: string | undefined; from: number; to: number }) =>
    queryOptions({
      queryKey: ['trainingSetRows', id, range],
      queryFn: ({ signal }) =>
        requestLines('trainingSetRows', {
          params: { id },
          query: { format: 'jsonl', ...range },
          signal,
        }),
      placeholderData: previous => previous,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  explanation: (id: string, row: string) =>
    queryOptions({
      queryKey: ['explainTrainingRow', id, row],
      queryFn: ({ signal }) => request('explainTrainingRow', { params: { id, row }, signal }),
    }),
}

export type { Change, Kind }
