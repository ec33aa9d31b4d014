import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Micros } from '../kernel/time.ts'
import type { UnitOfWork } from '../kernel/unit-of-work.ts'
import type { Change } from './change.ts'
import type { ObjectStore } from './objects.ts'
import type { RunStore, StoredRun } from './ports.ts'
import type { RetryPolicy } from './retry.ts'
import { createSignal, type Signal } from './signal.ts'

/** The part of the platform's stores that pipelines use. */
export interface PipelineStores {
  readonly pipelines: RunStore
}

export interface PipelineTimes {
  /** How long an attempt stays its worker's without a heartbeat. */
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly reapMs: number
}

/** What the use cases share. */
export interface PipelineCore {
  readonly uow: UnitOfWork<PipelineStores>
  readonly store: RunStore
  readonly clock: Clock
  readonly objects: Pick<ObjectStore, 'has'>
  readonly times: PipelineTimes
  readonly signal: Signal
  readonly retry: { readonly policy: RetryPolicy; readonly random: () => number }
  /** Lock, decide, save, tell: the one way a run changes. Throws RUN_UNKNOWN. */
  change(id: string, decide: (run: StoredRun) => Change): Promise<StoredRun>
  leaseEnd(): Micros
}

export function createCore(
  parts: Omit<PipelineCore, 'store' | 'signal' | 'change' | 'leaseEnd'>,
): PipelineCore {
  const signal = createSignal()
  return {
    ...parts,
    store: parts.uow.read.pipelines,
    signal,
    leaseEnd: () => parts.clock.nowMicros() + BigInt(parts.times.leaseMs) * 1000n,
    change: async (id, decide) => {
      const after = await parts.uow.transaction(async stores => {
        const before = await stores.pipelines.lock(id)
        if (before === undefined) throw unknownRun(id)
        const decided = decide(before)
        if (decided.run !== before) await stores.pipelines.save(before, decided.run)
        if (decided.events.length > 0) await stores.pipelines.append(decided.events)
        return decided
      })
      if (after.events.length > 0) signal.ring()
      return after.run
    },
  }
}

export function unknownRun(id: string): FettleError {
  return new FettleError('RUN_UNKNOWN', `There is no run ${id}`)
}
