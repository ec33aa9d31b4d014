import { queryOptions } from '@tanstack/react-query'
import { createContext, useContext } from 'react'
import type { DemoView, TriedView } from '../../../api/demo.ts'
import type { Decision } from '../../../api/deployments.ts'
import type { RouteBody } from '../../../api/routes.ts'
import { request } from '../../api.ts'

export type Row = RouteBody<'tryDemo'>['rows'][number]
type Vote = RouteBody<'voteDemo'>

/** The two ways onto a demo page: as somebody who may see the deployment, and by a link. */
export interface DemoDoor {
  /** Where queries of this door are kept. */
  readonly key: string
  /** By a link: nothing beyond this page is open. */
  readonly shared: boolean
  load(signal: AbortSignal): Promise<DemoView>
  tryRows(rows: readonly Row[], release?: number): Promise<TriedView>
  decision(id: string, signal: AbortSignal): Promise<Decision>
  vote(vote: Vote): Promise<{ readonly state: string }>
}

export function openDoor(deployment: string): DemoDoor {
  const params = { deployment }
  return {
    key: deployment,
    shared: false,
    load: signal => request('demo', { params, signal }),
    tryRows: (rows, release) => request('tryDemo', { params, body: bodyOf(rows, release) }),
    decision: (id, signal) => request('decision', { params: { id }, signal }),
    vote: body => request('voteDemo', { params, body }),
  }
}

export function linkedDoor(token: string): DemoDoor {
  const params = { token }
  return {
    key: token,
    shared: true,
    load: signal => request('sharedDemo', { params, signal }),
    tryRows: (rows, release) => request('trySharedDemo', { params, body: bodyOf(rows, release) }),
    decision: (id, signal) => request('sharedDecision', { params: { ...params, id }, signal }),
    vote: body => request('voteSharedDemo', { params, body }),
  }
}

function bodyOf(rows: readonly Row[], release?: number) {
  return { rows: [...rows], ...(release === undefined ? {} : { release }) }
}

export const demoQueries = {
  page: (door: DemoDoor) =>
    queryOptions({
      queryKey: ['demo', door.key],
      queryFn: ({ signal }) => door.load(signal),
      refetchInterval: 15_000,
    }),
  /** The record is written before the answer, and read a moment later. */
  decision: (door: DemoDoor, id: string) =>
    queryOptions({
      queryKey: ['demo', door.key, 'decision', id],
      queryFn: ({ signal }) => door.decision(id, signal),
      staleTime: Number.POSITIVE_INFINITY,
      retry: 3,
      retryDelay: 300,
    }),
}

export const DoorContext = createContext<DemoDoor>(openDoor(''))
export const useDoor = () => useContext(DoorContext)
