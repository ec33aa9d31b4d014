import type { QueryClient } from '@tanstack/react-query'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { RunEvent } from '../../api/pipelines.ts'
import { apiRoot } from '../api.ts'

export type LiveState = 'connecting' | 'live' | 'polling'

const pollEveryMs = 10_000
/** Events come in bursts; one refetch answers all of a burst. */
const settleMs = 400

/**
 * Keeps what is on screen current: one event stream with the browser's own back-off and resume by last id,
 * and a poll every 10 s whenever the stream is not open.
 */
export function useLive(): LiveState {
  const client = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  useEffect(() => {
    const refresh = createRefresher(client)
    const stream = new EventSource(`${apiRoot}/events`)
    const onEvent = (event: MessageEvent<string>) => refresh(runOf(event.data))
    stream.addEventListener('open', () => setState('live'))
    stream.addEventListener('error', () => setState('polling'))
    stream.addEventListener('run', onEvent)
    stream.addEventListener('message', onEvent)
    const poll = setInterval(() => {
      if (stream.readyState !== EventSource.OPEN) void client.invalidateQueries({ refetchType: 'active' })
    }, pollEveryMs)
    return () => {
      stream.close()
      clearInterval(poll)
    }
  }, [client])
  return state
}

function runOf(data: string): string | undefined {
  try {
    return (JSON.parse(data) as RunEvent).run
  } catch {
    return undefined
  }
}

const affected = new Set([
  'runs',
  'home',
  'pipelines',
  'trackedExperiments',
  'trackedRun',
  'runMetrics',
  'runCurve',
  'countRuns',
  'modelRecords',
  'modelRecord',
  'versionRecords',
  'reproducibility',
  'model',
  'models',
  'deployments',
  'deployment',
  'definitionFacts',
  'checkReports',
  'skewReport',
  'trainingSets',
])

/** Gathers what changed until the burst is over, then asks again for all of it at once. */
function createRefresher(client: QueryClient): (run: string | undefined) => void {
  const runs = new Set<string>()
  let waiting = false
  const flush = () => {
    waiting = false
    for (const run of runs) void client.invalidateQueries({ queryKey: ['run', run] })
    runs.clear()
    void client.invalidateQueries({ predicate: query => affected.has(String(query.queryKey[0])) })
  }
  return run => {
    if (run) runs.add(run)
    if (!waiting) setTimeout(flush, settleMs)
    waiting = true
  }
}
