import { type AuditStores, auditWriter, type Principal } from '../../governance/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Page, PageRequest, UnitOfWork } from '../../kernel/unit-of-work.ts'
import { batchJobId, partitionsOf } from './job.ts'
import type { BatchJob, BatchTerms, CommittedPartition } from './model.ts'
import type { BatchStore } from './ports.ts'

export interface BatchStores extends AuditStores {
  readonly batch: BatchStore
}

export interface BatchServiceOptions {
  readonly uow: UnitOfWork<BatchStores>
  readonly clock: Clock
  /** The engine a job runs in: what is stopped or gone on with is its run. */
  readonly pipelines: {
    cancel(run: string, principal: Principal): Promise<unknown>
    resume(run: string, principal: Principal): Promise<unknown>
  }
}

export interface SubmittedBatch {
  readonly terms: BatchTerms
  readonly releaseNumber: number
  readonly rows: number
  readonly run: string
  readonly pipeline: string
}

/** A job with the partitions that count. */
export interface BatchJobDetail {
  readonly job: BatchJob
  readonly partitions: readonly CommittedPartition[]
}

/** Batch jobs and their manifests. Everything that changes one is an audit event in the same transaction. */
export interface BatchService {
  /** The job of these terms: a new one, or the one there is, which goes on in this run unless it is complete. */
  submit(batch: SubmittedBatch, principal: Principal): Promise<BatchJobDetail>
  /** One row of the manifest; false: another attempt's counts. Throws BATCH_JOB_UNKNOWN. */
  commit(partition: Omit<CommittedPartition, 'committedAt'>): Promise<boolean>
  /** Complete iff outputs and quarantined rows are all rows: BATCH_INCOMPLETE otherwise. A job that is complete stays as it is. */
  conclude(
    id: string,
    outcome: { readonly state: 'complete' | 'failed'; readonly report: Json },
    principal: Principal,
  ): Promise<BatchJob>
  get(id: string): Promise<BatchJobDetail>
  list(query: PageRequest & { readonly deployment?: string }): Promise<Page<BatchJob>>
  /** Stops its run; what is committed stays. */
  cancel(id: string, principal: Principal): Promise<BatchJob>
  /** Goes on with the partitions that are not committed. */
  resume(id: string, principal: Principal): Promise<BatchJob>
}

export function createBatchService({ uow, clock, pipelines }: BatchServiceOptions): BatchService {
  const change = (
    principal: Principal,
    { action, id, work }: { action: string; id: string; work(stores: BatchStores): Promise<BatchJob> },
  ): Promise<BatchJob> =>
    uow.transaction(async stores => {
      const job = await work(stores)
      const { deployment } = job.terms
      await auditWriter(clock, principal)(stores, {
        action,
        object: `batch:${id}`,
        details: { deployment, state: job.state, run: job.run },
      })
      return job
    })
  const detail = async (id: string): Promise<BatchJobDetail> => ({
    job: await found(uow.read, id),
    partitions: await uow.read.batch.listPartitions(id),
  })

  return {
    async submit(batch, principal) {
      const id = batchJobId(batch.terms)
      await change(principal, {
        action: 'batch.submitted',
        id,
        work: stores => submitted(stores, { ...batch, id, at: clock.nowMicros(), by: principal.name }),
      })
      return detail(id)
    },
    commit: partition =>
      uow.transaction(async ({ batch }) => {
        await found({ batch }, partition.job)
        return batch.insertPartition({ ...partition, committedAt: clock.nowMicros() })
      }),
    conclude: (id, outcome, principal) =>
      change(principal, {
        action: `batch.${outcome.state}`,
        id,
        work: stores => concluded(stores, id, { ...outcome, at: clock.nowMicros() }),
      }),
    get: detail,
    list: query => uow.read.batch.listJobs(query),
    async cancel(id, principal) {
      const { run, state } = await found(uow.read, id)
      if (state !== 'running') throw notNow(id, state, 'cancelled')
      if (run !== null) await pipelines.cancel(run, principal)
      return change(principal, {
        action: 'batch.cancelled',
        id,
        work: stores => changed(stores, id, { state: 'cancelled', endedAt: clock.nowMicros() }),
      })
    },
    async resume(id, principal) {
      const { run, state } = await found(uow.read, id)
      if (state === 'complete' || run === null) throw notNow(id, state, 'resumed')
      await pipelines.resume(run, principal)
      return change(principal, {
        action: 'batch.resumed',
        id,
        work: stores => changed(stores, id, { state: 'running', endedAt: null, report: null }),
      })
    },
  }
}

async function found({ batch }: Pick<BatchStores, 'batch'>, id: string): Promise<BatchJob> {
  const job = await batch.findJob(id)
  if (!job) throw new FettleError('BATCH_JOB_UNKNOWN', `there is no batch job "${id}"`)
  return job
}

function notNow(id: string, state: BatchJob['state'], what: string): FettleError {
  return new FettleError('BATCH_STATE', `batch job "${id}" is ${state} and cannot be ${what}`, {
    hint: state === 'complete' ? 'Other rows, or another release, are another job.' : 'fettle batch show ID',
  })
}

async function submitted(
  { batch }: BatchStores,
  { id, at, by, run, pipeline, ...given }: SubmittedBatch & { id: string; at: bigint; by: string },
): Promise<BatchJob> {
  const job: BatchJob = {
    ...{ ...given, id, run, pipeline, by },
    state: 'running',
    createdAt: at,
    endedAt: null,
    report: null,
  }
  if (await batch.insertJob(job)) return job
  const there = await found({ batch }, id)
  if (there.state === 'complete') return there
  const again: BatchJob = { ...there, run, pipeline, state: 'running', endedAt: null, report: null }
  await batch.updateJob(again)
  return again
}

async function changed(
  { batch }: BatchStores,
  id: string,
  change: Partial<Pick<BatchJob, 'state' | 'endedAt' | 'report'>>,
): Promise<BatchJob> {
  const job = { ...(await found({ batch }, id)), ...change }
  await batch.updateJob(job)
  return job
}

async function concluded(
  stores: BatchStores,
  id: string,
  { state, report, at }: { state: 'complete' | 'failed'; report: Json; at: bigint },
): Promise<BatchJob> {
  const job = await found(stores, id)
  if (job.state === 'complete') return job
  if (state === 'complete') assertWhole(job, await stores.batch.listPartitions(id))
  return changed(stores, id, { state, report, endedAt: at })
}

function assertWhole(job: BatchJob, partitions: readonly CommittedPartition[]): void {
  const wanted = partitionsOf(job.rows, job.terms.partitionRows).length
  const rows = partitions.reduce((sum, { outputs, quarantined }) => sum + outputs + quarantined, 0)
  if (partitions.length === wanted && rows === job.rows) return
  throw new FettleError(
    'BATCH_INCOMPLETE',
    `batch job "${job.id}" has ${rows} of ${job.rows} rows in ${partitions.length} of ${wanted} partitions`,
  )
}
