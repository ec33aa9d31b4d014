import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../columns.ts'
import type { Migration } from './index.ts'

export const experiments: Migration = {
  id: '002-experiments',
  async up(db, types) {
    await createRuns(db, types)
    await createMetrics(db, types)
    await createFacts(db, types)
  },
}

async function createRuns(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('experiments')
    .addColumn('id', text, column => column.primaryKey())
    .addColumn('name', text, column => column.notNull().unique())
    .addColumn('created_at', integer, column => column.notNull())
    .execute()
  await db.schema
    .createTable('experiment_runs')
    .addColumn('id', text, column => column.primaryKey())
    .addColumn('experiment', text, column => column.notNull().references('experiments.name'))
    .addColumn('name', text, column => column.notNull())
    .addColumn('state', text, column => column.notNull())
    .addColumn('started_at', integer, column => column.notNull())
    .addColumn('finished_at', integer)
    .addColumn('pipeline_run', text)
    .addColumn('training_set', text)
    .execute()
  await db.schema
    .createIndex('experiment_runs_started')
    .on('experiment_runs')
    .columns(['experiment', 'started_at', 'id'])
    .execute()
}

/** `value` is a sortable double (toSortable). NaN, which has no place in an order, is `nan` 1 with value 0. */
async function createMetrics(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('metric_points')
    .addColumn('run', text, column => column.notNull().references('experiment_runs.id'))
    .addColumn('key', text, column => column.notNull())
    .addColumn('at', integer, column => column.notNull())
    .addColumn('step', integer, column => column.notNull())
    .addColumn('nan', integer, column => column.notNull())
    .addColumn('value', integer, column => column.notNull())
    .addPrimaryKeyConstraint('metric_points_pk', ['run', 'key', 'at', 'step', 'nan', 'value'])
    .execute()
  await db.schema
    .createTable('latest_metrics')
    .addColumn('run', text, column => column.notNull().references('experiment_runs.id'))
    .addColumn('key', text, column => column.notNull())
    .addColumn('experiment', text, column => column.notNull())
    .addColumn('step', integer, column => column.notNull())
    .addColumn('at', integer, column => column.notNull())
    .addColumn('nan', integer, column => column.notNull())
    .addColumn('value', integer, column => column.notNull())
    .addPrimaryKeyConstraint('latest_metrics_pk', ['run', 'key'])
    .execute()
  await db.schema
    .createIndex('latest_metrics_rank')
    .on('latest_metrics')
    .columns(['experiment', 'key', 'nan', 'value', 'run'])
    .execute()
}

async function createFacts(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  for (const table of ['run_params', 'run_tags']) {
    await db.schema
      .createTable(table)
      .addColumn('run', text, column => column.notNull().references('experiment_runs.id'))
      .addColumn('key', text, column => column.notNull())
      .addColumn('value', text, column => column.notNull())
      .addPrimaryKeyConstraint(`${table}_pk`, ['run', 'key'])
      .execute()
  }
  await db.schema
    .createTable('run_artifacts')
    .addColumn('run', text, column => column.notNull().references('experiment_runs.id'))
    .addColumn('path', text, column => column.notNull())
    .addColumn('seq', integer, column => column.notNull())
    .addColumn('hash', text, column => column.notNull())
    .addColumn('bytes', integer, column => column.notNull())
    .addPrimaryKeyConstraint('run_artifacts_pk', ['run', 'path', 'seq'])
    .execute()
}
