import { queryOptions, useQueryClient } from '@tanstack/react-query'
import type { RequestOptions } from '../../api.ts'
import { request } from '../../api.ts'

type ListQuery = RequestOptions<'suggestions'>['query']

/** Nothing tells of suggestions yet: they are asked for anew while they are looked at. */
const news = { refetchInterval: 8_000 } as const

export const inboxQueries = {
  suggestions: (query: ListQuery) =>
    queryOptions({
      queryKey: ['suggestions', query],
      queryFn: ({ signal }) => request('suggestions', { query, signal }),
      ...news,
      placeholderData: previous => previous,
    }),
  batch: (id: string) =>
    queryOptions({
      queryKey: ['suggestions', 'batch', id],
      queryFn: ({ signal }) => request('suggestionBatch', { params: { id }, signal }),
    }),
  levels: () =>
    queryOptions({
      queryKey: ['autonomy'],
      queryFn: ({ signal }) => request('autonomy', { signal }),
      ...news,
    }),
  history: (key: { readonly subject: string; readonly rule: string; readonly segmentClass: string }) =>
    queryOptions({
      queryKey: ['autonomy', 'history', key],
      queryFn: ({ signal }) => request('autonomyHistory', { query: key, signal }),
    }),
  pace: () =>
    queryOptions({
      queryKey: ['suggestionPace'],
      queryFn: ({ signal }) => request('suggestionPace', { signal }),
    }),
  requests: () =>
    queryOptions({
      queryKey: ['aliasRequests', ''],
      queryFn: ({ signal }) => request('aliasRequests', { query: { limit: 100 }, signal }),
      ...news,
    }),
}

/** Asks again for everything a decision changes. */
export function useInboxRefresh(): () => Promise<void> {
  const client = useQueryClient()
  return async () => {
    await Promise.all(
      ['suggestions', 'autonomy', 'suggestionPace', 'home'].map(key =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    )
  }
}
