import type { Tracking, TrackingDeps } from '../../src/experiments/index.ts'
import { createTrackingService, type TrackedRun } from '../../src/experiments/index.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { systemClock } from '../../src/kernel/clock.ts'

const unused = () => Promise.reject(new Error('not part of this test'))

/** Tracking without the parts that search or keep files. */
export function trackingOver(uow: TrackingDeps['uow'], clock: Clock = systemClock): Tracking {
  const parts = {
    experimentSearch: { search: unused },
    runSearch: { search: unused, select: unused, count: unused, keys: unused, metricNames: unused },
    loggedModels: {
      ...{ create: unused, get: unused, finish: unused, remove: unused, setTags: unused },
      ...{ removeTag: unused, logParams: unused, search: unused },
    },
    artifacts: {
      ...{ put: unused, add: unused, list: unused, all: unused, find: unused, remove: unused },
      ...{ resolve: unused, read: () => emptyBytes() },
    },
  }
  return createTrackingService({ uow, clock, format: toText, parts: () => parts })
}

async function* emptyBytes(): AsyncIterable<Uint8Array> {}

/** All of a run that does not depend on the time it is read; NaN by name. */
export function toText({ liveness: _, ...run }: TrackedRun): string {
  return JSON.stringify(run, (_key, value: unknown) => {
    if (typeof value === 'bigint') return String(value)
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
  })
}
