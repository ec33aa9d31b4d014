import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '../api.ts'

/** A refused request is an answer and is not asked again; only silence is retried, once. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => count < 1 && !(error instanceof ApiError && error.status !== 0),
        retryDelay: 500,
      },
    },
  })
}
