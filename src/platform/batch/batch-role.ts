import { setPriority } from 'node:os'
import { scorerFactory } from '../../adapters/scorers/index.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Partition, ScoredPartition, ScorerFactory } from '../../serving/index.ts'
import { openPartitionScorer } from './worker.ts'
import type { WorkerJob } from './worker-job.ts'

/** What a worker process says. */
export type WorkerReply =
  | { readonly ready: true }
  | { readonly scored: ScoredPartition }
  | { readonly error: { readonly code: string; readonly message: string } }

/** Below everything that answers somebody. */
const niceness = 10

/** A process that scores partitions of one job until its parent hangs up; partitions come by IPC. */
export async function batchRole(job: WorkerJob, scorers: ScorerFactory = scorerFactory): Promise<never> {
  setPriority(niceness)
  process.once('disconnect', () => process.exit(0))
  const say = (reply: WorkerReply) => process.send?.(reply)
  const work = await openPartitionScorer(job, scorers).catch(error => {
    say(failed(error))
    return undefined
  })
  if (work) {
    process.on('message', message => {
      work.score(message as Partition).then(
        scored => say({ scored }),
        error => say(failed(error)),
      )
    })
    say({ ready: true })
  }
  return new Promise<never>(() => undefined)
}

function failed(error: unknown): WorkerReply {
  return { error: { code: isFettleError(error) ? error.code : 'INTERNAL', message: messageOf(error) } }
}
