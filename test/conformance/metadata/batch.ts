import { describe, expect, it } from 'vitest'
import { type BatchTerms, batchJobId, createBatchService } from '../../../src/serving/index.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const mila = { name: 'mila' }
const step = { name: 'step:prn_1/score' }
const terms = (snapshot: string): BatchTerms => ({
  ...{ deployment: 'late', release: 'sha256:r', snapshot, partitionRows: 10 },
  ...{ asOf: null, time: null, keep: ['note'], to: { kind: 'parquet', path: 'scores' } },
  ...{ kind: 'batch', log: true, code: 'sha256:c' },
})

/** Batch jobs and their manifests. */
export function batchSuite({ db, again, clock }: MetadataUnderTest): void {
  const calls: string[] = []
  const pipelines = {
    cancel: async (run: string) => calls.push(`cancel ${run}`),
    resume: async (run: string) => calls.push(`resume ${run}`),
  }
  const service = (uow = db()) => createBatchService({ uow, clock, pipelines })
  const submit = (snapshot: string, run = 'prn_1') =>
    service().submit(
      { terms: terms(snapshot), releaseNumber: 3, rows: 25, run, pipeline: 'late-batch' },
      step,
    )
  const partition = (job: string, number: number, attempt: string) => ({
    ...{ job, partition: number, attempt, rows: number === 2 ? 5 : 10, outputs: number === 2 ? 4 : 10 },
    ...{ quarantined: number === 2 ? 1 : 0, acted: 2, sha256: `sha256:${attempt}`, cpuMicros: 1.5 },
    scores: [1, 2, 3],
  })

  describe('batch jobs', () => {
    it('the same terms are the same job, which goes on in the later run', async () => {
      const first = await submit('s1')
      expect(first.job).toMatchObject({
        id: batchJobId(terms('s1')),
        state: 'running',
        run: 'prn_1',
        rows: 25,
      })
      clock.set(clock.nowMicros() + 1_000_000n)
      const second = await submit('s1', 'prn_2')
      expect(second.job).toEqual({ ...first.job, run: 'prn_2' })
      expect((await submit('s2')).job.id).not.toBe(first.job.id)
      expect(second.job.terms).toEqual(terms('s1'))
    })

    it('a partition is committed once, whoever is first', async () => {
      const { job } = await submit('race')
      const other = await again()
      const outcomes = await Promise.all([
        service().commit(partition(job.id, 0, 'a')),
        service(other).commit(partition(job.id, 0, 'b')),
      ])
      expect(outcomes.toSorted()).toEqual([false, true])
      const { partitions } = await service().get(job.id)
      expect(partitions).toEqual([
        { ...partition(job.id, 0, outcomes[0] ? 'a' : 'b'), committedAt: clock.nowMicros() },
      ])
      await other.close()
    })

    it('is complete only when every row is scored or put aside, and stays so', async () => {
      const { job } = await submit('whole')
      const done = { state: 'complete', report: { where: 'here' } } as const
      await expect(service().conclude(job.id, done, step)).rejects.toMatchObject({ code: 'BATCH_INCOMPLETE' })
      for (const number of [2, 0, 1]) await service().commit(partition(job.id, number, 'a'))
      const ended = await service().conclude(job.id, done, step)
      expect(ended).toMatchObject({
        state: 'complete',
        report: { where: 'here' },
        endedAt: clock.nowMicros(),
      })
      expect((await service().get(job.id)).partitions.map(each => each.partition)).toEqual([0, 1, 2])
      const failed = { state: 'failed', report: {} } as const
      expect((await service().conclude(job.id, failed, step)).state).toBe('complete')
      expect((await submit('whole', 'prn_9')).job).toMatchObject({ state: 'complete', run: 'prn_1' })
      await expect(service().resume(job.id, mila)).rejects.toMatchObject({ code: 'BATCH_STATE' })
    })

    it('stops and goes on by its run, with an event each', async () => {
      const { job } = await submit('stop', 'prn_7')
      expect((await service().cancel(job.id, mila)).state).toBe('cancelled')
      await expect(service().cancel(job.id, mila)).rejects.toMatchObject({ code: 'BATCH_STATE' })
      expect((await service().resume(job.id, mila)).state).toBe('running')
      expect(calls).toEqual(['cancel prn_7', 'resume prn_7'])
      const events = await db().read.audit.list({ objectPrefix: `batch:${job.id}` })
      expect(events.items.map(({ action }) => action)).toEqual([
        'batch.resumed',
        'batch.cancelled',
        'batch.submitted',
      ])
    })

    it('lists newest first, by deployment, in pages; unknown ones are unknown', async () => {
      const other = { ...terms('else'), deployment: 'other' }
      clock.set(clock.nowMicros() + 1n)
      await service().submit({ terms: other, releaseNumber: 1, rows: 1, run: 'r', pipeline: 'p' }, step)
      const all = await service().list({})
      expect(all.items[0]?.terms.deployment).toBe('other')
      const first = await service().list({ limit: 2, deployment: 'late' })
      const rest = await service().list({ deployment: 'late', ...(first.next ? { cursor: first.next } : {}) })
      const ids = [...first.items, ...rest.items].map(({ id }) => id)
      expect(ids).toEqual(all.items.filter(each => each.terms.deployment === 'late').map(({ id }) => id))
      await expect(service().get('bj-0')).rejects.toMatchObject({ code: 'BATCH_JOB_UNKNOWN' })
      await expect(service().commit(partition('bj-0', 0, 'a'))).rejects.toMatchObject({
        code: 'BATCH_JOB_UNKNOWN',
      })
    })
  })
}
