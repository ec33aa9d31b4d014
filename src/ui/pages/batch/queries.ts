import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { request } from '../../api.ts'

export const batchQueries = {
  jobs: (deployment: string | undefined) =>
    infiniteQueryOptions({
      queryKey: ['batchJobs', deployment],
      queryFn: ({ signal, pageParam }) =>
        request('batchJobs', { query: { deployment, limit: 50, cursor: pageParam }, signal }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: last => last.next,
      refetchInterval: 5_000,
    }),
  job: (id: string) =>
    queryOptions({
      queryKey: ['batchJob', id],
      queryFn: ({ signal }) => request('batchJob', { params: { id }, signal }),
      refetchInterval: query => (query.state.data?.job.state === 'running' ? 2_000 : 15_000),
    }),
}
