import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { DeploymentRolloutsView, RolloutView } from '../../../../api/rollouts.ts'
import { request } from '../../../api.ts'
import { isUnderWay } from './words.ts'

/** No event tells of rollouts: what moves is asked for every few seconds, what stands now and then. */
const moving = 3_000
const standing = 12_000

const overviewPace = (data: DeploymentRolloutsView | undefined): number =>
  data?.rollouts.some(isUnderWay) ? moving : standing
const rolloutPace = (data: RolloutView | undefined): number =>
  data === undefined || isUnderWay(data) ? moving : standing

export const rolloutQueries = {
  underWay: () =>
    queryOptions({
      queryKey: ['rolloutsUnderWay'],
      queryFn: ({ signal }) => request('rolloutsUnderWay', { signal }),
      refetchInterval: standing,
    }),
  overview: (name: string) =>
    queryOptions({
      queryKey: ['rollouts', name],
      queryFn: ({ signal }) => request('rollouts', { params: { name }, signal }),
      refetchInterval: query => overviewPace(query.state.data),
    }),
  rollout: (name: string, id: string) =>
    queryOptions({
      queryKey: ['rollouts', name, id],
      queryFn: ({ signal }) => request('rollout', { params: { name, id }, signal }),
      refetchInterval: query => rolloutPace(query.state.data),
    }),
  /** A new look brings other points; the old ones stay until they are there. */
  looks: ({ deployment, id, look }: Pick<RolloutView, 'deployment' | 'id' | 'look'>) =>
    queryOptions({
      queryKey: ['rollouts', deployment, id, 'looks', look],
      queryFn: ({ signal }) => request('rolloutLooks', { params: { name: deployment, id }, signal }),
      placeholderData: keepPreviousData,
      staleTime: Number.POSITIVE_INFINITY,
    }),
  log: (name: string) =>
    queryOptions({
      queryKey: ['rollouts', name, 'log'],
      queryFn: ({ signal }) => request('rolloutLog', { params: { name }, signal }),
      refetchInterval: moving,
    }),
}
