import { FettleError } from '../../kernel/errors/index.ts'
import type { CommittedPartition, Partition } from './model.ts'

/** What a worker says of a partition it has written and synced. */
export type ScoredPartition = Omit<CommittedPartition, 'job' | 'attempt' | 'committedAt'>

/** A process with a scorer of its own; it has one partition in hand at a time. */
export interface BatchWorker {
  /** Rejects with what is wrong with the partition, or WORKER_LOST when the process has died. */
  score(partition: Partition): Promise<ScoredPartition>
  close(): Promise<void>
}

export interface PartitionWork {
  /** Partitions that the manifest does not have. */
  readonly partitions: readonly Partition[]
  readonly workers: number
  startWorker(): Promise<BatchWorker>
  /** One manifest row; false: somebody else's counts, and these files are to be discarded. */
  commit(scored: ScoredPartition): Promise<boolean>
  /** Throws to stop: too many bad rows, say. */
  onScored(scored: ScoredPartition): void
  readonly signal: AbortSignal
}

/** Deaths of the process that a partition may be in the hands of before the job gives up on it. */
const mostDeaths = 3

/**
 * Every partition once in the manifest: workers take the next one as they are free, a partition whose worker dies goes
 * back to the queue, and nothing is committed that was not written whole. Rejects with the first failure, after the others
 * have ended what they have in hand.
 */
export async function runPartitions(work: PartitionWork): Promise<void> {
  const queue = [...work.partitions]
  const deaths = new Map<number, number>()
  const failures: unknown[] = []
  const stopped = () => failures.length > 0 || work.signal.aborted

  async function one(): Promise<void> {
    let worker: BatchWorker | undefined
    try {
      for (let next = queue.shift(); next && !stopped(); next = queue.shift()) {
        worker ??= await work.startWorker()
        const scored = await attempt(worker, next)
        if (scored === undefined) worker = undefined
        else {
          await work.commit(scored)
          work.onScored(scored)
        }
      }
    } catch (error) {
      failures.push(error)
    } finally {
      await worker?.close()
    }
  }

  async function attempt(worker: BatchWorker, partition: Partition): Promise<ScoredPartition | undefined> {
    try {
      return await worker.score(partition)
    } catch (error) {
      if (!(error instanceof FettleError) || error.code !== 'WORKER_LOST') throw error
      const died = (deaths.get(partition.partition) ?? 0) + 1
      deaths.set(partition.partition, died)
      if (died >= mostDeaths && !work.signal.aborted)
        throw new FettleError(
          'ROW_CRASHES_SCORER',
          `rows ${partition.from} to ${partition.to - 1} ended ${died} scoring processes`,
          {
            hint: 'Find the row with fewer rows at a time, and leave it out.',
            details: { from: partition.from, to: partition.to },
          },
        )
      queue.push(partition)
      return undefined
    }
  }

  const count = Math.max(1, Math.min(work.workers, queue.length))
  await Promise.all(Array.from({ length: count }, one))
  work.signal.throwIfAborted()
  if (failures.length > 0) throw failures[0]
}
