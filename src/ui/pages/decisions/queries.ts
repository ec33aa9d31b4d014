import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { RequestOptions } from '../../api.ts'
import { request } from '../../api.ts'

export type DecisionQuestion = Omit<
  NonNullable<RequestOptions<'searchDecisions'>['query']>,
  'cursor' | 'limit'
>

const newsEveryMs = 8_000

export const decisionQueries = {
  search: (question: DecisionQuestion) =>
    infiniteQueryOptions({
      queryKey: ['decisionSearch', question],
      queryFn: ({ signal, pageParam }) =>
        request('searchDecisions', { query: { ...question, limit: 50, cursor: pageParam }, signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: last => last.next,
      // What is read stays where it is; the newest is asked for apart.
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    }),
  newest: (question: DecisionQuestion) =>
    queryOptions({
      queryKey: ['decisionSearch', 'newest', question],
      queryFn: ({ signal }) => request('searchDecisions', { query: { ...question, limit: 1 }, signal }),
      refetchInterval: newsEveryMs,
      retry: false,
    }),
  log: () =>
    queryOptions({
      queryKey: ['decisionLog'],
      queryFn: ({ signal }) => request('decisionLog', { signal }),
      refetchInterval: newsEveryMs,
    }),
  trace: (id: string) =>
    queryOptions({
      queryKey: ['decision', id, 'trace'],
      queryFn: ({ signal }) => request('decisionTrace', { params: { id }, signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  feedback: (id: string) =>
    queryOptions({
      queryKey: ['decision', id, 'feedback'],
      queryFn: ({ signal }) => request('decisionFeedback', { params: { id }, signal }),
      refetchInterval: newsEveryMs,
    }),
}
