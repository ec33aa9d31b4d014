import { useEffect, useState } from 'react'
import type { LogPage } from '../../api/pipelines.ts'
import { ApiError, request } from '../api.ts'

type LogLine = LogPage['lines'][number]
export interface FollowedLog {
  readonly lines: readonly LogLine[]
  readonly ended: boolean
  readonly error: ApiError | null
  readonly loaded: boolean
}

const empty: FollowedLog = { lines: [], ended: false, error: null, loaded: false }
const keepLines = 20_000
const idleMs = 1_000

/** Follows the log of a step from its beginning: pages by byte offset, then asks once a second until it has ended. */
export function useStepLog(run: string, step: string, attempt: number | undefined): FollowedLog {
  const [log, setLog] = useState(empty)
  useEffect(() => {
    const abort = new AbortController()
    setLog(empty)
    void follow({ run, step, attempt, signal: abort.signal }, setLog)
    return () => abort.abort()
  }, [run, step, attempt])
  return log
}

interface Followed {
  readonly run: string
  readonly step: string
  readonly attempt: number | undefined
  readonly signal: AbortSignal
}
type Update = (change: (log: FollowedLog) => FollowedLog) => void

async function follow(what: Followed, update: Update): Promise<void> {
  let offset = 0
  while (!what.signal.aborted) {
    const page = await nextPage(what, offset, update)
    if (what.signal.aborted) return
    if (page) {
      update(log => withPage(log, page))
      if (page.ended && page.lines.length === 0) return
      offset = page.next
    }
    if (!page || page.lines.length === 0) await wait(idleMs, what.signal)
  }
}

async function nextPage(what: Followed, offset: number, update: Update): Promise<LogPage | undefined> {
  const { run: id, step, attempt, signal } = what
  try {
    return await request('stepLog', {
      params: { id, step },
      query: { offset, ...(attempt ? { attempt } : {}) },
      signal,
    })
  } catch (error) {
    if (error instanceof ApiError) update(log => ({ ...log, error, loaded: true }))
    return undefined
  }
}

function withPage(log: FollowedLog, page: LogPage): FollowedLog {
  return {
    lines: [...log.lines, ...page.lines].slice(-keepLines),
    ended: page.ended,
    error: null,
    loaded: true,
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
