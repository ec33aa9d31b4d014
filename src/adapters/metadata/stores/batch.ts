import type { Kysely } from 'kysely'
import type { BatchJob, BatchStore, CommittedPartition } from '../../../serving/index.ts'
import {
  fromJsonText,
  type MicrosColumn,
  micros,
  microsOrNull,
  type NullableMicrosColumn,
  toJsonText,
} from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'

export interface BatchTables {
  batch_jobs: {
    id: string
    deployment: string
    state: BatchJob['state']
    run: string | null
    pipeline: string
    created_at: MicrosColumn
    ended_at: NullableMicrosColumn
    by: string
    body: string
    report: string | null
  }
  batch_partitions: { job: string; partition: number; committed_at: MicrosColumn; body: string }
}

type JobBody = Pick<BatchJob, 'terms' | 'releaseNumber' | 'rows'>
type PartitionBody = Omit<CommittedPartition, 'job' | 'partition' | 'committedAt'>

export function batchStore(db: Kysely<Schema>): BatchStore {
  return {
    async insertJob({ terms, releaseNumber, rows, createdAt, endedAt, report, ...job }) {
      const done = await db
        .insertInto('batch_jobs')
        .values({
          ...job,
          deployment: terms.deployment,
          created_at: createdAt,
          ended_at: endedAt,
          body: toJsonText({ terms, releaseNumber, rows } satisfies JobBody),
          report: report === null ? null : toJsonText(report),
        })
        .onConflict(conflict => conflict.column('id').doNothing())
        .executeTakeFirst()
      return done.numInsertedOrUpdatedRows === 1n
    },
    async findJob(id) {
      const row = await db.selectFrom('batch_jobs').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toJob(row)
    },
    async updateJob({ id, state, run, pipeline, endedAt, report }) {
      await db
        .updateTable('batch_jobs')
        .set({
          ...{ state, run, pipeline },
          ended_at: endedAt,
          report: report === null ? null : toJsonText(report),
        })
        .where('id', '=', id)
        .execute()
    },
    async listJobs(query) {
      const limit = pageLimit(query)
      const after = readCursor('batch-jobs', query, 2)
      const rows = await db
        .selectFrom('batch_jobs')
        .selectAll()
        .$if(query.deployment !== undefined, part => part.where('deployment', '=', query.deployment ?? ''))
        .$if(after !== undefined, part =>
          part.where(eb =>
            eb.or([
              eb('created_at', '<', BigInt(after?.[0] ?? 0)),
              eb.and([eb('created_at', '=', BigInt(after?.[0] ?? 0)), eb('id', '>', String(after?.[1]))]),
            ]),
          ),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, {
        item: toJob,
        cursor: row => writeCursor('batch-jobs', [row.created_at, row.id]),
      })
    },
    async insertPartition({ job, partition, committedAt, ...body }) {
      const done = await db
        .insertInto('batch_partitions')
        .values({ job, partition, committed_at: committedAt, body: toJsonText(body) })
        .onConflict(conflict => conflict.columns(['job', 'partition']).doNothing())
        .executeTakeFirst()
      return done.numInsertedOrUpdatedRows === 1n
    },
    async listPartitions(job) {
      const rows = await db
        .selectFrom('batch_partitions')
        .selectAll()
        .where('job', '=', job)
        .orderBy('partition')
        .execute()
      return rows.map(row => ({
        ...fromJsonText<PartitionBody>(row.body),
        job: row.job,
        partition: row.partition,
        committedAt: micros(row.committed_at),
      }))
    },
  }
}

type JobRow = Omit<BatchTables['batch_jobs'], 'created_at' | 'ended_at'> & {
  readonly created_at: number | bigint
  readonly ended_at: number | bigint | null
}

function toJob({ body, report, created_at, ended_at, ...row }: JobRow): BatchJob {
  const { id, state, run, pipeline, by } = row
  return {
    ...fromJsonText<JobBody>(body),
    ...{ id, state, run, pipeline, by },
    createdAt: micros(created_at),
    endedAt: microsOrNull(ended_at),
    report: report === null ? null : fromJsonText(report),
  }
}
