import type { PipelineService } from '../pipelines/index.ts'

const lookEveryMs = 500

/**
 * The bell of new events. The pipelines ring it for changes of this process; with other processes on the same database,
 * it is also rung when a look at the newest number, taken while anybody listens, finds theirs.
 */
export function changeBell(
  pipelines: Pick<PipelineService, 'subscribe' | 'latestEvent'>,
  alone: boolean,
): PipelineService['subscribe'] {
  if (alone) return ring => pipelines.subscribe(ring)
  const listeners = new Set<() => void>()
  let isLooking = false
  let seen = 0
  const look = async (): Promise<void> => {
    // A database that is away is asked again: a bell has nobody to tell.
    const latest = await pipelines.latestEvent().catch(() => seen)
    if (latest !== seen) for (const ring of [...listeners]) ring()
    seen = latest
    isLooking = listeners.size > 0
    if (isLooking) setTimeout(look, lookEveryMs).unref()
  }
  return ring => {
    const unsubscribe = pipelines.subscribe(ring)
    listeners.add(ring)
    if (!isLooking) void look()
    isLooking = true
    return () => {
      listeners.delete(ring)
      unsubscribe()
    }
  }
}
