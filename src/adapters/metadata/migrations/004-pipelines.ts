import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../columns.ts'
import type { Migration } from './index.ts'

export const pipelines: Migration = {
  id: '004-pipelines',
  async up(db, types) {
    await createRuns(db, types)
    await createSteps(db, types)
    await createAttempts(db, types)
    await createEvents(db, types)
  },
}

async function createRuns(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipeline_runs')
    .addColumn('id', text, column => column.primaryKey())
    .addColumn('pipeline', text, column => column.notNull())
    .addColumn('plan', text, column => column.notNull())
    .addColumn('state', text, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('started_at', integer)
    .addColumn('finished_at', integer)
    .addColumn('principal', text, column => column.notNull())
    .addColumn('idempotency_key', text, column => column.unique())
    .addColumn('request_hash', text, column => column.notNull())
    .execute()
  await db.schema
    .createIndex('pipeline_runs_pipeline')
    .on('pipeline_runs')
    .columns(['pipeline', 'id'])
    .execute()
  await db.schema.createIndex('pipeline_runs_state').on('pipeline_runs').columns(['state', 'id']).execute()
}

async function createSteps(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipeline_steps')
    .addColumn('run', text, column => column.notNull().references('pipeline_runs.id'))
    .addColumn('step', text, column => column.notNull())
    .addColumn('position', integer, column => column.notNull())
    .addColumn('pipeline', text, column => column.notNull())
    .addColumn('state', text, column => column.notNull())
    .addColumn('key', text)
    .addColumn('key_parts', text)
    .addColumn('reused_from', text)
    .addColumn('started_at', integer)
    .addColumn('finished_at', integer)
    .addColumn('progress', text)
    .addColumn('outputs', text, column => column.notNull())
    .addColumn('token', integer, column => column.notNull())
    .addColumn('due_at', integer, column => column.notNull())
    .addColumn('reuse_checked', integer, column => column.notNull())
    .addColumn('opened_after', integer, column => column.notNull())
    .addPrimaryKeyConstraint('pipeline_steps_pk', ['run', 'step'])
    .execute()
  // Run ids sort by the time they were made, so this is also the order of claims.
  await db.schema
    .createIndex('pipeline_steps_state')
    .on('pipeline_steps')
    .columns(['state', 'reuse_checked', 'run', 'position'])
    .execute()
  await db.schema.createIndex('pipeline_steps_key').on('pipeline_steps').columns(['key', 'state']).execute()
  await db.schema
    .createIndex('pipeline_steps_name')
    .on('pipeline_steps')
    .columns(['pipeline', 'step', 'state', 'run'])
    .execute()
}

async function createAttempts(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipeline_attempts')
    .addColumn('run', text, column => column.notNull().references('pipeline_runs.id'))
    .addColumn('step', text, column => column.notNull())
    .addColumn('number', integer, column => column.notNull())
    .addColumn('state', text, column => column.notNull())
    .addColumn('token', integer, column => column.notNull())
    .addColumn('worker', text, column => column.notNull())
    .addColumn('instance', text)
    .addColumn('started_at', integer, column => column.notNull())
    .addColumn('finished_at', integer)
    .addColumn('lease_until', integer, column => column.notNull())
    .addColumn('error_class', text)
    .addColumn('error', text)
    .addPrimaryKeyConstraint('pipeline_attempts_pk', ['run', 'step', 'number'])
    .execute()
  await db.schema
    .createIndex('pipeline_attempts_lease')
    .on('pipeline_attempts')
    .columns(['state', 'lease_until'])
    .execute()
}

async function createEvents(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('pipeline_events')
    .addColumn('seq', integer, column => column.primaryKey())
    .addColumn('run', text, column => column.notNull())
    .addColumn('step', text)
    .addColumn('type', text, column => column.notNull())
    .addColumn('at', integer, column => column.notNull())
    .addColumn('data', text, column => column.notNull())
    .execute()
  await db.schema.createIndex('pipeline_events_run').on('pipeline_events').columns(['run', 'seq']).execute()
}
