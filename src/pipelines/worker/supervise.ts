import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptRef, ControlPlane, ProgressUpdate } from '../ports.ts'
import { isFinal } from './deliver.ts'

/** Progress is sent at most this often. */
const progressEveryMs = 500
const unreachableWaitMs = 500

export interface Supervisor {
  /** The latest progress; sent soon. */
  progress(update: ProgressUpdate): void
  stop(): Promise<void>
}

/**
 * Keeps an attempt's lease while it runs and hears of reasons to stop it: `cancel` was asked for, or the attempt is
 * `stale` and another one owns the step. While the server is away the step goes on; its token decides later.
 */
export function superviseAttempt(
  control: ControlPlane,
  options: {
    readonly ref: AttemptRef
    readonly heartbeatMs: number
    onStop(reason: 'cancel' | 'stale'): void
  },
): Supervisor {
  const { run, step, attempt, token } = options.ref
  let latest: ProgressUpdate | undefined
  let waiting = new AbortController()
  let lastSent = 0
  let ended = false
  let timer: NodeJS.Timeout | undefined

  async function beat(): Promise<void> {
    waiting = new AbortController()
    const progress = latest
    latest = undefined
    if (progress !== undefined) lastSent = performance.now()
    const body = {
      run,
      step,
      attempt,
      token,
      waitMs: options.heartbeatMs,
      ...(progress === undefined ? {} : { progress }),
    }
    const answer = await control.heartbeat(body, waiting.signal)
    if (ended || !answer.cancel) return
    options.onStop('cancel')
    await sleep(options.heartbeatMs, undefined, { signal: waiting.signal }).catch(() => {})
  }

  async function loop(): Promise<void> {
    while (!ended) {
      try {
        await beat()
      } catch (error) {
        if (ended) return
        if (isFinal(error)) return options.onStop('stale')
        await sleep(Math.min(unreachableWaitMs, options.heartbeatMs))
      }
    }
  }

  const running = loop()
  return {
    progress: update => {
      latest = update
      if (timer !== undefined) return
      const waitMs = Math.max(0, lastSent + progressEveryMs - performance.now())
      timer = setTimeout(() => {
        timer = undefined
        waiting.abort()
      }, waitMs)
    },
    stop: async () => {
      ended = true
      clearTimeout(timer)
      waiting.abort()
      await running
    },
  }
}
