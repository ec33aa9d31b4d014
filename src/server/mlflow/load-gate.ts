import { FettleError } from '../../kernel/errors/index.ts'

export interface LoadGate {
  /** Counts a request in and hands back what counts it out. Throws OVERLOADED when what waits already takes longer than the limit. */
  enter(weight: number): () => void
}

/** How long the measured rate remembers, in milliseconds of work. */
const memoryMs = 2000
/** A server that has not been measured yet is taken to do this much in this time. */
const assumed = { units: 1000, ms: 500 }

/**
 * Refuses work before more than `limitMs` of it waits. The time is what waits divided by the rate of the last seconds,
 * counted only while there was something to do.
 */
export function loadGate({
  limitMs,
  now,
}: {
  readonly limitMs: number
  readonly now: () => number
}): LoadGate {
  let waiting = 0
  let done = 0
  let busyMs = 0
  let seenAt = now()
  const look = (): void => {
    const at = now()
    if (waiting > 0) {
      const kept = Math.exp((seenAt - at) / memoryMs)
      done *= kept
      busyMs = busyMs * kept + (at - seenAt)
    }
    seenAt = at
  }
  return {
    enter(weight) {
      look()
      const rate = (done + assumed.units) / (busyMs + assumed.ms)
      if (waiting > rate * limitMs) {
        throw new FettleError(
          'OVERLOADED',
          'more work waits than can be done soon; nothing of this was begun',
        )
      }
      waiting += weight
      return () => {
        look()
        waiting -= weight
        done += weight
      }
    },
  }
}
