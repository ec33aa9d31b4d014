import { amnestyUntil } from './amnesty.ts'
import { failAttempt } from './attempt-changes.ts'
import { knownAttempt } from './change.ts'
import type { PipelineCore } from './core.ts'
import type { AttemptRef } from './ports.ts'
import { settleReuse } from './settle-reuse.ts'
import { isAttemptLive } from './transitions.ts'

export interface Reaper {
  scan(): Promise<number>
  start(): void
  stop(): Promise<void>
}

/** Marks attempts lost whose lease ended, and finishes reuse decisions that a crash left open. */
export function createReaper(core: PipelineCore, onFault: (error: unknown) => void): Reaper {
  const { clock, times } = core
  let lastScan = clock.nowMicros()
  let amnesty = lastScan + BigInt(times.leaseMs) * 1000n
  let timer: NodeJS.Timeout | undefined
  let scanning: Promise<unknown> = Promise.resolve()

  async function scan(): Promise<number> {
    const now = clock.nowMicros()
    amnesty = amnestyUntil(amnesty, { last: lastScan, now }, times)
    lastScan = now
    for (const id of await core.store.listUnchecked(100)) {
      const run = await core.store.find(id)
      if (run !== undefined) await settleReuse(core, run)
    }
    if (now < amnesty) return 0
    const expired = await core.store.listExpired({ now, limit: 100 })
    for (const ref of expired) await lose(core, ref)
    return expired.length
  }
  const tick = (): void => {
    scanning = scan()
      .catch(onFault)
      .finally(() => {
        if (timer !== undefined) timer = setTimeout(tick, times.reapMs)
      })
  }
  return {
    scan,
    start: () => {
      timer ??= setTimeout(tick, 0)
    },
    stop: async () => {
      clearTimeout(timer)
      timer = undefined
      await scanning
    },
  }
}

async function lose(core: PipelineCore, ref: AttemptRef): Promise<void> {
  await core.change(ref.run, run => {
    const { attempt } = knownAttempt(run, ref)
    const now = core.clock.nowMicros()
    if (attempt.token !== ref.token || !isAttemptLive(attempt.state) || attempt.leaseUntil >= now)
      return { run, events: [] }
    const error = {
      code: 'WORKER_LOST',
      message: `Worker ${attempt.worker} stopped renewing its lease`,
      hint: 'The step is tried again by itself.',
      details: { worker: attempt.worker },
    }
    const failure = { outcome: 'lost', errorClass: 'infra', error } as const
    return failAttempt(run, ref, failure, { now, policy: core.retry.policy, random: core.retry.random() })
  })
}
