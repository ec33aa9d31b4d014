import { queryOptions } from '@tanstack/react-query'
import type { RouteName } from '../../../api/routes.ts'
import { request } from '../../api.ts'

type ReportRoute = Extract<
  RouteName,
  | 'releaseEvaluation'
  | 'releaseComparison'
  | 'releaseContracts'
  | 'releaseThresholds'
  | 'releaseFairness'
  | 'releaseImportance'
>

/** A gate that runs changes them; nothing else tells of it. */
const news = { refetchInterval: 8_000 } as const

export const releaseQueries = {
  releases: (name: string) =>
    queryOptions({
      queryKey: ['releases', name],
      queryFn: ({ signal }) => request('releases', { params: { name }, signal }),
      ...news,
    }),
  release: (name: string, number: string) =>
    queryOptions({
      queryKey: ['releases', name, number],
      queryFn: ({ signal }) => request('release', { params: { name, number }, signal }),
      ...news,
    }),
  /** What the rows said; a new verdict may bring another. */
  report: <Name extends ReportRoute>(route: Name, at: ReleaseAt) =>
    queryOptions({
      queryKey: ['releases', at.name, at.number, route, at.judged],
      queryFn: ({ signal }) =>
        request(route, { params: { name: at.name, number: String(at.number) }, signal }),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  purpose: (name: string) =>
    queryOptions({
      queryKey: ['purpose', name],
      queryFn: ({ signal }) => request('purpose', { params: { name }, signal }),
      retry: false,
    }),
}

/** A release and the rows it was judged on. */
export interface ReleaseAt {
  readonly name: string
  readonly number: number
  readonly judged: string | null
}
