import { type Arm, type ServedBy, servedByNames } from '../model.ts'
import { createHistogram, type Histogram } from './histogram.ts'

/** What one arm did by one release, since the front started. A request counts once for each arm that has rows of it. */
export interface ArmCounter {
  readonly arm: Arm
  readonly release: number
  requests: number
  /** Requests that failed by no fault of the caller's. */
  errors: number
  /** Requests that took longer than the deployment's deadline, whatever became of them. */
  slow: number
  /** Requests with a row that is marked degraded. */
  degraded: number
  /** Rows by what answered them. */
  readonly served: Record<ServedBy, number>
  /** Microseconds from receipt to reply. */
  readonly latency: Histogram
}

/** Counters by arm and release of one deployment. */
export interface ArmCounters {
  of(arm: Arm, release: number): ArmCounter
  list(): readonly ArmCounter[]
}

export function createArmCounters(): ArmCounters {
  const counters = new Map<string, ArmCounter>()
  return {
    of(arm, release) {
      const key = `${arm} ${release}`
      let counter = counters.get(key)
      if (!counter) {
        const served = Object.fromEntries(servedByNames.map(name => [name, 0])) as Record<ServedBy, number>
        const latency = createHistogram()
        counter = { arm, release, requests: 0, errors: 0, slow: 0, degraded: 0, served, latency }
        counters.set(key, counter)
      }
      return counter
    },
    list: () => [...counters.values()],
  }
}
