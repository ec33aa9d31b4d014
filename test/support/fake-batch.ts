import { FettleError } from '../../src/kernel/errors/index.ts'
import type { BatchJob, BatchService } from '../../src/serving/index.ts'
import { hash } from './sample-records.ts'

const job: BatchJob = {
  id: 'bj-1',
  terms: {
    ...{ deployment: 'late', release: hash, snapshot: hash, partitionRows: 10, asOf: null, time: null },
    ...{ keep: [], to: { kind: 'parquet', path: 'scores' }, kind: 'batch' },
    ...{ log: true, code: hash },
  },
  ...{ releaseNumber: 3, rows: 25, state: 'running', run: 'prn_1', pipeline: 'late-batch' },
  ...{ createdAt: 1_700_000_000_000_000n, by: 'mila', endedAt: null, report: null },
}

/** One batch job, `bj-1`, with one partition of three committed. */
export function fakeBatch(called: (name: string, args: unknown) => void): BatchService {
  const known = (id: string): BatchJob => {
    if (id !== job.id) throw new FettleError('BATCH_JOB_UNKNOWN', `there is no batch job ${id}`)
    return job
  }
  const partition = {
    ...{ job: job.id, partition: 0, attempt: 'a', rows: 10, outputs: 9, quarantined: 1, acted: 2 },
    ...{ sha256: hash, cpuMicros: 3, scores: [9], committedAt: job.createdAt },
  }
  return {
    async submit(batch, principal) {
      called('submitBatch', { batch, principal })
      return { job, partitions: [] }
    },
    async commit(given) {
      known(given.job)
      called('commitBatchPartition', given)
      return true
    },
    conclude: async (id, outcome) => ({ ...known(id), ...outcome }),
    get: async id => ({ job: known(id), partitions: [partition] }),
    list: async () => ({ items: [job] }),
    cancel: async id => ({ ...known(id), state: 'cancelled' }),
    resume: async id => known(id),
  }
}
