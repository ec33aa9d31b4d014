import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import type { BatchJob, CommittedPartition } from './model.ts'

/** Batch jobs and their manifests. */
export interface BatchStore {
  /** False, and nothing changed, when a job of this id is there. */
  insertJob(job: BatchJob): Promise<boolean>
  findJob(id: string): Promise<BatchJob | undefined>
  /** Replaces what may change of a job: state, run, end, report. */
  updateJob(job: Pick<BatchJob, 'id' | 'state' | 'run' | 'pipeline' | 'endedAt' | 'report'>): Promise<void>
  /** Newest first. */
  listJobs(query: PageRequest & { readonly deployment?: string }): Promise<Page<BatchJob>>
  /** One row of the manifest, keyed (job, partition). False, and nothing changed, when the partition is committed already. */
  insertPartition(partition: CommittedPartition): Promise<boolean>
  /** By number of the partition. */
  listPartitions(job: string): Promise<readonly CommittedPartition[]>
}
