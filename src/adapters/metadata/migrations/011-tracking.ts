import { type CreateTableBuilder, type Kysely, sql } from 'kysely'
import type { ColumnTypes } from '../columns.ts'
import { copyExperiments } from './011-tracking-copy.ts'
import type { Migration } from './index.ts'

/** Experiments and runs by small integers, metrics as series: takes over what 002-experiments kept. */
export const tracking: Migration = {
  id: '011-tracking',
  async up(db, types) {
    await createRuns(db, types)
    await createFacts(db, types)
    await createSeries(db, types)
    await createPoints(db, types)
    await createInputs(db, types)
    await createLoggedModels(db, types)
    await createFiles(db, types)
    await copyExperiments(db)
  },
}

type Required = readonly string[]

/** A table whose columns may not be null. */
function table(
  db: Kysely<unknown>,
  name: string,
  { integer, text }: ColumnTypes,
  columns: { readonly integers?: Required; readonly texts?: Required },
): CreateTableBuilder<string, string> {
  let create: CreateTableBuilder<string, string> = db.schema.createTable(name)
  for (const column of columns.integers ?? []) create = create.addColumn(column, integer, c => c.notNull())
  for (const column of columns.texts ?? []) create = create.addColumn(column, text, c => c.notNull())
  return create
}

async function createRuns(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { integer, text } = types
  await table(db, 'tracking_keys', types, { integers: ['id'], texts: ['name'] })
    .addPrimaryKeyConstraint('tracking_keys_pk', ['id'])
    .addUniqueConstraint('tracking_keys_name', ['name'])
    .execute()
  await table(db, 'tracking_secrets', types, { texts: ['name', 'value'] })
    .addPrimaryKeyConstraint('tracking_secrets_pk', ['name'])
    .execute()
  await table(db, 'tracking_experiments', types, {
    integers: ['id', 'deleted', 'created_at', 'updated_at'],
    texts: ['name', 'artifact_location', 'owner'],
  })
    .addPrimaryKeyConstraint('tracking_experiments_pk', ['id'])
    .addUniqueConstraint('tracking_experiments_name', ['name'])
    .execute()
  await table(db, 'tracking_experiment_tags', types, { integers: ['experiment'], texts: ['key', 'value'] })
    .addPrimaryKeyConstraint('tracking_experiment_tags_pk', ['experiment', 'key'])
    .execute()
  await table(db, 'tracking_runs', types, {
    integers: [
      'id',
      'experiment',
      'newest',
      'deleted',
      'deleted_with',
      'created_at',
      'seen_at',
      'beats',
      'revision',
    ],
    texts: ['run_id', 'name', 'user_name', 'status', 'artifact_location'],
  })
    .addColumn('started_at', integer)
    .addColumn('ended_at', integer)
    .addColumn('parent', text)
    .addColumn('fork_run', text)
    .addColumn('fork_step', integer)
    .addColumn('pipeline_run', text)
    .addColumn('training_set', text)
    .addColumn('cause', text)
    .addColumn('client', text)
    .addPrimaryKeyConstraint('tracking_runs_pk', ['id'])
    .addUniqueConstraint('tracking_runs_run_id', ['run_id'])
    .execute()
  await index(db, 'tracking_runs', 'newest', ['experiment', 'deleted', 'newest', 'run_id'])
  await index(db, 'tracking_runs', 'status', ['status', 'seen_at'])
}

async function index(db: Kysely<unknown>, on: string, name: string, columns: string[]): Promise<void> {
  await db.schema.createIndex(`${on}_${name}`).on(on).columns(columns).execute()
}

/** Long values have no place in an index: it holds their first 64 characters. */
async function createFacts(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  for (const name of ['tracking_params', 'tracking_tags']) {
    await table(db, name, types, { integers: ['run', 'key', 'experiment'], texts: ['value'] })
      .addPrimaryKeyConstraint(`${name}_pk`, ['run', 'key'])
      .modifyEnd(types.keyed)
      .execute()
    await sql`create index ${sql.ref(`${name}_value`)} on ${sql.table(name)}
      (experiment, key, substr(value, 1, 64), run)`.execute(db)
  }
}

/**
 * One row per (run, key). `*_value` are sortable doubles (toSortable); NaN is `*_nan` 1 with value 0 and has no place in
 * least and greatest. `tail` counts the points that are rows; `max_step` and `max_at` are the greatest of all points, so
 * that a point beyond either is known to be new.
 */
async function createSeries(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { integer } = types
  await table(db, 'metric_series', types, {
    integers: [
      ...['run', 'key', 'experiment', 'points', 'tail', 'chunks', 'max_step', 'max_at'],
      ...['first_step', 'first_at', 'first_nan', 'first_value'],
      ...['latest_step', 'latest_at', 'latest_nan', 'latest_value'],
    ],
  })
    .addColumn('least_step', integer)
    .addColumn('least_at', integer)
    .addColumn('least_value', integer)
    .addColumn('greatest_step', integer)
    .addColumn('greatest_at', integer)
    .addColumn('greatest_value', integer)
    .addPrimaryKeyConstraint('metric_series_pk', ['run', 'key'])
    .modifyEnd(types.keyed)
    .execute()
  await index(db, 'metric_series', 'latest', ['experiment', 'key', 'latest_nan', 'latest_value', 'run'])
}

/** A series' newest points are rows (the tail), older ones packed chunks; the document is the wire form of a run. */
async function createPoints(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const identity = ['run', 'key', 'at', 'step', 'nan', 'value']
  await table(db, 'metric_tail', types, { integers: identity })
    .addPrimaryKeyConstraint('metric_tail_pk', identity as [string])
    .modifyEnd(types.keyed)
    .execute()
  await table(db, 'metric_chunks', types, {
    integers: ['run', 'key', 'seq', 'points', 'from_step', 'to_step', 'from_at', 'to_at'],
  })
    .addColumn('body', types.blob, column => column.notNull())
    .addPrimaryKeyConstraint('metric_chunks_pk', ['run', 'key', 'seq'])
    .execute()
  await table(db, 'run_documents', types, { integers: ['run', 'revision'], texts: ['body'] })
    .addPrimaryKeyConstraint('run_documents_pk', ['run'])
    .execute()
}

async function createInputs(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const { text } = types
  await table(db, 'tracking_datasets', types, {
    integers: ['id', 'experiment'],
    texts: ['name', 'digest', 'source_type', 'source'],
  })
    .addColumn('schema_text', text)
    .addColumn('profile', text)
    .addPrimaryKeyConstraint('tracking_datasets_pk', ['id'])
    .addUniqueConstraint('tracking_datasets_name', ['experiment', 'name', 'digest'])
    .execute()
  await table(db, 'tracking_inputs', types, { integers: ['run', 'dataset', 'position'] })
    .addColumn('context', text)
    .addPrimaryKeyConstraint('tracking_inputs_pk', ['run', 'dataset'])
    .execute()
  await index(db, 'tracking_inputs', 'dataset', ['dataset', 'run'])
  await table(db, 'tracking_input_tags', types, { integers: ['run', 'dataset'], texts: ['key', 'value'] })
    .addPrimaryKeyConstraint('tracking_input_tags_pk', ['run', 'dataset', 'key'])
    .execute()
  await table(db, 'tracking_model_inputs', types, { integers: ['run', 'position'], texts: ['model'] })
    .addPrimaryKeyConstraint('tracking_model_inputs_pk', ['run', 'model'])
    .execute()
  await table(db, 'tracking_model_outputs', types, {
    integers: ['run', 'position', 'step'],
    texts: ['model'],
  })
    .addPrimaryKeyConstraint('tracking_model_outputs_pk', ['run', 'model'])
    .execute()
}

async function createLoggedModels(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await table(db, 'logged_models', types, {
    integers: ['id', 'experiment', 'deleted', 'created_at', 'updated_at'],
    texts: ['model_id', 'name', 'model_type', 'status', 'artifact_location'],
  })
    .addColumn('source_run', types.text)
    .addPrimaryKeyConstraint('logged_models_pk', ['id'])
    .addUniqueConstraint('logged_models_model_id', ['model_id'])
    .execute()
  await index(db, 'logged_models', 'newest', ['experiment', 'deleted', 'created_at', 'model_id'])
  for (const name of ['logged_model_params', 'logged_model_tags'])
    await table(db, name, types, { integers: ['model', 'key'], texts: ['value'] })
      .addPrimaryKeyConstraint(`${name}_pk`, ['model', 'key'])
      .execute()
  await table(db, 'logged_model_metrics', types, {
    integers: ['model', 'key', 'step', 'at', 'nan', 'value'],
    texts: ['dataset_name', 'dataset_digest', 'run'],
  })
    .addPrimaryKeyConstraint('logged_model_metrics_pk', ['model', 'key', 'dataset_name', 'dataset_digest'])
    .execute()
}

/** The row of a path with the greatest `seq` counts; without a hash it says that the path was removed. */
async function createFiles(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await table(db, 'artifact_files', types, {
    integers: ['seq', 'bytes', 'at'],
    texts: ['owner_kind', 'owner', 'path'],
  })
    .addColumn('hash', types.text)
    .addPrimaryKeyConstraint('artifact_files_pk', ['owner_kind', 'owner', 'path', 'seq'])
    .execute()
  await index(db, 'artifact_files', 'hash', ['hash'])
}
