import type { Migration } from './index.ts'

/** Batch jobs, and of each the partitions that count. */
export const batchJobs: Migration = {
  id: '028-batch-jobs',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('batch_jobs')
      .addColumn('id', text, column => column.primaryKey())
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('state', text, column => column.notNull())
      .addColumn('run', text)
      .addColumn('pipeline', text, column => column.notNull())
      .addColumn('created_at', integer, column => column.notNull())
      .addColumn('ended_at', integer)
      .addColumn('by', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addColumn('report', text)
      .execute()
    await db.schema
      .createIndex('batch_jobs_newest')
      .on('batch_jobs')
      .columns(['deployment', 'created_at'])
      .execute()
    await db.schema
      .createTable('batch_partitions')
      .addColumn('job', text, column => column.notNull())
      .addColumn('partition', integer, column => column.notNull())
      .addColumn('committed_at', integer, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addPrimaryKeyConstraint('batch_partitions_key', ['job', 'partition'])
      .execute()
  },
}
