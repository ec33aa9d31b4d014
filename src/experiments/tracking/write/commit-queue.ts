import { FettleError } from '../../../kernel/errors/index.ts'
import type { UnitOfWork } from '../../../kernel/unit-of-work.ts'
import type { TrackingStores } from '../ports.ts'

/** What waits for a commit: several of one kind share statements, too. */
export interface Waiting {
  /** Work, in points. */
  readonly size: number
  resolve(): void
  reject(error: unknown): void
}

export interface GroupWork<Entry extends Waiting> {
  /**
   * Does all entries in one transaction. Answers, for each, why it is refused: such an entry has written nothing. A
   * rejection is the refusal of the whole group.
   */
  commit(stores: TrackingStores, entries: readonly Entry[]): Promise<readonly (FettleError | undefined)[]>
  /** After it is durable, or (false) after it was rolled back. */
  settled(committed: boolean): void
}

/** At most this many values in one transaction, so that readers and callers see steady progress. */
const groupSize = 20_000
/** More than two seconds of work. */
const queueLimit = 200_000

/**
 * One transaction and one fsync for all that wait. The first does not wait for others: it is the commit before that
 * gathers them. Throws TRACKING_BUSY before more than two seconds of work are queued.
 */
export function createCommitQueue<Entry extends Waiting>(
  uow: UnitOfWork<TrackingStores>,
  work: GroupWork<Entry>,
): (entry: Entry) => void {
  let queue: Entry[] = []
  let queued = 0
  let isRunning = false

  function takeGroup(): Entry[] {
    let size = 0
    let count = 0
    for (const entry of queue) {
      if (count > 0 && size + entry.size > groupSize) break
      size += entry.size
      count += 1
    }
    const group = queue.slice(0, count)
    queue = queue.slice(count)
    queued -= size
    return group
  }

  async function drain(): Promise<void> {
    // Requests that arrived in the same turn of the loop belong together.
    await new Promise(resolve => setImmediate(resolve))
    while (queue.length > 0) await commitGroup(uow, work, takeGroup())
    isRunning = false
  }

  return entry => {
    if (queued + entry.size > queueLimit)
      throw new FettleError('TRACKING_BUSY', 'More is being logged than can be written', {
        details: { retryAfterSeconds: 1 },
      })
    queue.push(entry)
    queued += entry.size
    if (isRunning) return
    isRunning = true
    void drain()
  }
}

async function commitGroup<Entry extends Waiting>(
  uow: UnitOfWork<TrackingStores>,
  work: GroupWork<Entry>,
  group: readonly Entry[],
): Promise<void> {
  let refusals: readonly (FettleError | undefined)[]
  try {
    refusals = await uow.transaction(stores => work.commit(stores, group))
  } catch (error) {
    work.settled(false)
    for (const entry of group) entry.reject(error)
    return
  }
  work.settled(true)
  group.forEach((entry, index) => {
    const refusal = refusals[index]
    if (refusal === undefined) entry.resolve()
    else entry.reject(refusal)
  })
}
