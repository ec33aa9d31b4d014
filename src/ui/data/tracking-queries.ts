import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { RouteBody } from '../../api/routes.ts'
import type { RequestOptions } from '../api.ts'
import { request } from '../api.ts'

export type RunQuestion = Omit<RouteBody<'selectRuns'>, 'cursor' | 'limit'>
type KeysQuestion = NonNullable<RequestOptions<'runKeys'>['query']>
type CurveQuestion = NonNullable<RequestOptions<'runCurve'>['query']> & { readonly run: string }
type CompareQuestion = RouteBody<'compareRuns'>

const pageSize = 100
const newsEveryMs = 10_000

/** Questions about experiments, runs and registered models. */
export const trackingQueries = {
  experiments: (filter: string | undefined) =>
    infiniteQueryOptions({
      queryKey: ['trackedExperiments', filter],
      queryFn: ({ signal, pageParam }) =>
        request('trackedExperiments', { query: { filter, cursor: pageParam, limit: 50 }, signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: last => last.next,
      placeholderData: keepPreviousData,
    }),
  experiment: (name: string) =>
    queryOptions({
      queryKey: ['trackedExperiment', name],
      queryFn: ({ signal }) => request('trackedExperiment', { params: { name }, signal }),
    }),
  /** Pages keep the columns they were asked with: what is still shown while others load is read by its own. */
  runs: (question: RunQuestion) =>
    infiniteQueryOptions({
      queryKey: ['runRows', question],
      queryFn: async ({ signal, pageParam }) => ({
        ...(await request('selectRuns', {
          body: { ...question, limit: pageSize, ...(pageParam === undefined ? {} : { cursor: pageParam }) },
          signal,
        })),
        columns: question.columns,
      }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: last => last.next,
      placeholderData: keepPreviousData,
      // Rows do not move under the reader: what is new is told, and fetched when asked for.
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    }),
  someRuns: (question: RunQuestion, limit: number) =>
    queryOptions({
      queryKey: ['someRuns', question, limit],
      queryFn: async ({ signal }) => ({
        ...(await request('selectRuns', { body: { ...question, limit }, signal })),
        columns: question.columns,
      }),
      placeholderData: keepPreviousData,
      retry: false,
    }),
  count: (question: RouteBody<'countRuns'>) =>
    queryOptions({
      queryKey: ['countRuns', question],
      queryFn: ({ signal }) => request('countRuns', { body: question, signal }),
      refetchInterval: newsEveryMs,
      retry: false,
    }),
  keys: (question: KeysQuestion) =>
    queryOptions({
      queryKey: ['runKeys', question],
      queryFn: ({ signal }) => request('runKeys', { query: question, signal }),
      placeholderData: keepPreviousData,
      staleTime: 30_000,
    }),
  run: (id: string) =>
    queryOptions({
      queryKey: ['trackedRun', id],
      queryFn: ({ signal }) => request('trackedRun', { params: { id }, signal }),
      refetchInterval: query => (query.state.data?.status === 'running' ? 3_000 : false),
    }),
  runVersions: (id: string) =>
    queryOptions({
      queryKey: ['runVersions', id],
      queryFn: ({ signal }) => request('runVersions', { params: { id }, signal }),
    }),
  runAlerts: (run: string, live: boolean) =>
    queryOptions({
      queryKey: ['runAlerts', run],
      queryFn: ({ signal }) => request('runAlerts', { query: { run, limit: 20 }, signal }),
      refetchInterval: live ? newsEveryMs : false,
      retry: false,
    }),
  metrics: (id: string, contains: string, live: boolean) =>
    infiniteQueryOptions({
      queryKey: ['runMetrics', id, contains],
      queryFn: ({ signal, pageParam }) =>
        request('runMetrics', { params: { id }, query: { contains, cursor: pageParam, limit: 100 }, signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: last => last.next,
      placeholderData: keepPreviousData,
      refetchInterval: live ? 3_000 : false,
    }),
  /** The last step of a run, as far as its first page of metrics tells; nothing when none has more than one point. */
  longest: (id: string) =>
    queryOptions({
      queryKey: ['longestMetric', id],
      queryFn: async ({ signal }) => {
        const { items } = await request('runMetrics', { params: { id }, query: { limit: 100 }, signal })
        const steps = items.filter(item => item.count > 1).map(item => item.latest.step)
        return steps.length === 0 ? null : Math.max(...steps)
      },
      staleTime: 60_000,
    }),
  curve: ({ run, ...query }: CurveQuestion, live: boolean) =>
    queryOptions({
      queryKey: ['runCurve', run, query],
      queryFn: ({ signal }) => request('runCurve', { params: { id: run }, query, signal }),
      placeholderData: keepPreviousData,
      refetchInterval: live ? 3_000 : false,
      staleTime: live ? 0 : 60_000,
    }),
  files: (id: string, path: string) =>
    queryOptions({
      queryKey: ['runFiles', id, path],
      queryFn: ({ signal }) => request('runFiles', { params: { id }, query: path ? { path } : {}, signal }),
    }),
  compare: (question: CompareQuestion) =>
    queryOptions({
      queryKey: ['compareRuns', question],
      queryFn: ({ signal }) => request('compareRuns', { body: question, signal }),
      placeholderData: keepPreviousData,
      retry: false,
    }),
  views: (experiment: string) =>
    queryOptions({
      queryKey: ['savedViews', experiment],
      queryFn: ({ signal }) => request('savedViews', { query: { experiment }, signal }),
    }),
  view: (id: string) =>
    queryOptions({
      queryKey: ['savedView', id],
      queryFn: ({ signal }) => request('savedView', { params: { id }, signal }),
      retry: false,
    }),
  models: (kind: 'model' | 'prompt', filter: string | undefined) =>
    infiniteQueryOptions({
      queryKey: ['modelRecords', kind, filter],
      queryFn: ({ signal, pageParam }) =>
        request('modelRecords', { query: { kind, filter, cursor: pageParam, limit: 100 }, signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: last => last.next,
      placeholderData: keepPreviousData,
    }),
  model: (name: string) =>
    queryOptions({
      queryKey: ['modelRecord', name],
      queryFn: ({ signal }) => request('modelRecord', { params: { name }, signal }),
      refetchInterval: newsEveryMs,
    }),
  versions: (name: string) =>
    infiniteQueryOptions({
      queryKey: ['versionRecords', name],
      queryFn: ({ signal, pageParam }) =>
        request('versionRecords', { params: { name }, query: { cursor: pageParam, limit: 100 }, signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: last => last.next,
      refetchInterval: newsEveryMs,
    }),
  aliasAt: (name: string, alias: string, at: string) =>
    queryOptions({
      queryKey: ['aliasAt', name, alias, at],
      queryFn: ({ signal }) => request('aliasAt', { params: { name, alias }, query: { at }, signal }),
    }),
  card: (name: string, version: number) =>
    queryOptions({
      queryKey: ['modelCard', name, version],
      queryFn: ({ signal }) => request('modelCard', { params: { name, version: String(version) }, signal }),
      retry: false,
    }),
  versionSignature: (name: string, version: number) =>
    queryOptions({
      queryKey: ['versionSignature', name, version],
      queryFn: ({ signal }) =>
        request('versionSignature', { params: { name, version: String(version) }, signal }),
      retry: false,
    }),
  aliasRules: (name: string) =>
    queryOptions({
      queryKey: ['aliasRules', name],
      queryFn: ({ signal }) => request('aliasRules', { params: { name }, signal }),
      retry: false,
    }),
  aliasRequests: (model: string) =>
    queryOptions({
      queryKey: ['aliasRequests', model],
      queryFn: ({ signal }) => request('aliasRequests', { query: { model, limit: 20 }, signal }),
      refetchInterval: newsEveryMs,
      retry: false,
    }),
  dependents: (name: string, version: number) =>
    queryOptions({
      queryKey: ['versionDependents', name, version],
      queryFn: ({ signal }) =>
        request('versionDependents', { params: { name, version: String(version) }, signal }),
    }),
}
