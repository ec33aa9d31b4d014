import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { request } from '../../api.ts'

export const waiting = ['pending', 'quarantined', 'ambiguous', 'unmatched', 'joined'] as const
export type FeedbackState = (typeof waiting)[number]

const news = { refetchInterval: 10_000 } as const

export const feedbackQueries = {
  status: (name: string) =>
    queryOptions({
      queryKey: ['feedback', name, 'status'],
      queryFn: ({ signal }) => request('feedbackStatus', { params: { name }, signal }),
      ...news,
    }),
  performance: (name: string) =>
    queryOptions({
      queryKey: ['feedback', name, 'performance'],
      queryFn: ({ signal }) => request('performance', { params: { name }, signal }),
      // It reads the whole window of decisions.
      refetchInterval: 60_000,
      retry: false,
    }),
  items: (name: string, state: FeedbackState | undefined) =>
    infiniteQueryOptions({
      queryKey: ['feedback', name, 'items', state],
      queryFn: ({ signal, pageParam }) =>
        request('feedback', { params: { name }, query: { state, limit: 50, cursor: pageParam }, signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: last => last.next,
    }),
}
