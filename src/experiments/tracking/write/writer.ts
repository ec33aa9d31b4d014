import { type AuditEntry, auditWriter, type Principal } from '../../../governance/index.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Micros } from '../../../kernel/time.ts'
import type { UnitOfWork } from '../../../kernel/unit-of-work.ts'
import type { RunWatch } from '../../alerts/watch.ts'
import type { TrackingStore, TrackingStores } from '../ports.ts'
import { createCommitQueue, type Waiting } from './commit-queue.ts'
import { type LogRequest, logGroup } from './log-group.ts'
import { createRunStates } from './run-state.ts'

/** What a change of one thing works with. */
export interface ChangeContext {
  readonly tracking: TrackingStore
  readonly now: Micros
  readonly principal: Principal
  readonly stores: TrackingStores
  readonly watch: RunWatch
  audit(entry: AuditEntry): Promise<void>
  /** Batches, one after another; answers why each is refused. */
  log(requests: readonly LogRequest[]): Promise<readonly (FettleError | undefined)[]>
}

/** A change that refuses (FettleError) must do so before it writes: others share its transaction. */
type Change = (stores: TrackingStores, now: Micros) => Promise<void>

interface Entry extends Waiting {
  readonly what: { readonly log: LogRequest } | { readonly change: Change }
}

export interface TrackingWriter {
  /** Resolves when the batch is durable. */
  log(request: LogRequest): Promise<void>
  /** Resolves when the change is durable. `size` is its work in points; a single change when left out. */
  change<Result>(
    principal: Principal,
    work: (context: ChangeContext) => Promise<Result>,
    size?: number,
  ): Promise<Result>
}

/** A request costs as much as so many points. */
const requestSize = 20

/** All writes of tracking, in the order they came, sharing commits. */
export function createTrackingWriter({
  uow,
  clock,
  watch,
}: {
  readonly uow: UnitOfWork<TrackingStores>
  readonly clock: Clock
  readonly watch: RunWatch
}): TrackingWriter {
  const states = createRunStates()
  let keeps: (() => void)[] = []

  async function logAll(stores: TrackingStores, requests: readonly LogRequest[], now: Micros) {
    const group = await logGroup(stores, requests, { states, now })
    keeps.push(group.keep)
    await watch.logged(stores, group.changed, now)
    return group.refusals
  }

  async function commit(stores: TrackingStores, entries: readonly Entry[]) {
    keeps = []
    const now = clock.nowMicros()
    const refusals: (FettleError | undefined)[] = []
    let logs: LogRequest[] = []
    const flush = async () => {
      if (logs.length === 0) return
      refusals.push(...(await logAll(stores, logs, now)))
      logs = []
    }
    for (const { what } of entries) {
      if ('log' in what) {
        logs.push(what.log)
        continue
      }
      await flush()
      refusals.push(await refusalOf(what.change(stores, now)))
    }
    await flush()
    return refusals
  }

  const enqueue = createCommitQueue<Entry>(uow, {
    commit,
    settled: committed => {
      if (committed) for (const keep of keeps) keep()
      keeps = []
    },
  })
  const wait = (what: Entry['what'], size: number) =>
    new Promise<void>((resolve, reject) => enqueue({ what, size, resolve, reject }))
  return {
    log: request => {
      const { metrics, params, tags } = request.batch
      return wait({ log: request }, requestSize + metrics.length + params.size + tags.size)
    },
    async change(principal, work, size = 0) {
      const write = auditWriter(clock, principal)
      const answers: Awaited<ReturnType<typeof work>>[] = []
      await wait(
        {
          change: async (stores, now) => {
            const audit = (entry: AuditEntry) => write(stores, entry)
            const log = (requests: readonly LogRequest[]) => logAll(stores, requests, now)
            answers[0] = await work({ tracking: stores.tracking, stores, watch, now, principal, audit, log })
          },
        },
        requestSize + size,
      )
      return answers[0] as Awaited<ReturnType<typeof work>>
    },
  }
}

async function refusalOf(work: Promise<void>): Promise<FettleError | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof FettleError && error.code !== 'DISK_FULL') return error
    throw error
  }
}
