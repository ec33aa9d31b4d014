import { type Kysely, sql } from 'kysely'
import { type ColumnTypes, columnTypes } from '../columns.ts'
import type { Migration } from './index.ts'

/** Models get ids that outlive their names, versions what dialects record of them, releases the version they refer to. */
export const registryRecords: Migration = {
  id: '012-registry',
  async up(db, types) {
    await createModels(db, types)
    await createVersions(db, types)
    await createAliases(db, types)
    await copyRows(db)
    await referToVersions(db, types)
  },
}

async function createModels(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('registered_models')
    .addColumn('id', integer, column => column.primaryKey())
    .addColumn('name', text, column => column.notNull())
    .addColumn('description', text, column => column.notNull())
    .addColumn('kind', text, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('updated_at', integer, column => column.notNull())
    .addColumn('last_version', integer, column => column.notNull())
    .addColumn('deleted_at', integer)
    .execute()
  await sql`create unique index registered_models_name on registered_models (name) where deleted_at is null`.execute(
    db,
  )
  await db.schema
    .createTable('registered_model_tags')
    .addColumn('model', integer, column => column.notNull().references('registered_models.id'))
    .addColumn('key', text, column => column.notNull())
    .addColumn('value', text, column => column.notNull())
    .addPrimaryKeyConstraint('registered_model_tags_pk', ['model', 'key'])
    .execute()
}

async function createVersions(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('registered_versions')
    .addColumn('model', integer, column => column.notNull().references('registered_models.id'))
    .addColumn('version', integer, column => column.notNull())
    .addColumn('digest', text, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('updated_at', integer, column => column.notNull())
    .addColumn('deleted_at', integer)
    .addColumn('run', text)
    .addColumn('source', text)
    .addColumn('stage', text, column => column.notNull())
    .addColumn('description', text, column => column.notNull())
    .addColumn('body', text, column => column.notNull())
    .addPrimaryKeyConstraint('registered_versions_pk', ['model', 'version'])
    .execute()
  for (const [name, columns] of [
    ['digest', ['model', 'digest']],
    ['updated', ['updated_at']],
    ['run', ['run']],
    ['source', ['source']],
  ] as const)
    await db.schema
      .createIndex(`registered_versions_${name}`)
      .on('registered_versions')
      .columns([...columns])
      .execute()
  await db.schema
    .createTable('registered_version_tags')
    .addColumn('model', integer, column => column.notNull())
    .addColumn('version', integer, column => column.notNull())
    .addColumn('key', text, column => column.notNull())
    .addColumn('value', text, column => column.notNull())
    .addPrimaryKeyConstraint('registered_version_tags_pk', ['model', 'version', 'key'])
    .execute()
}

async function createAliases(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('registered_alias_events')
    .addColumn('model', integer, column => column.notNull().references('registered_models.id'))
    .addColumn('seq', integer, column => column.notNull())
    .addColumn('alias', text, column => column.notNull())
    .addColumn('version', integer)
    .addColumn('at', integer, column => column.notNull())
    .addColumn('by', text, column => column.notNull())
    .addColumn('reason', text, column => column.notNull())
    .addPrimaryKeyConstraint('registered_alias_events_pk', ['model', 'seq'])
    .execute()
  await db.schema
    .createTable('registered_aliases')
    .addColumn('model', integer, column => column.notNull().references('registered_models.id'))
    .addColumn('alias', text, column => column.notNull())
    .addColumn('version', integer, column => column.notNull())
    .addPrimaryKeyConstraint('registered_aliases_pk', ['model', 'alias'])
    .execute()
}

async function copyRows(db: Kysely<unknown>): Promise<void> {
  await sql`insert into registered_models (id, name, description, kind, created_at, updated_at, last_version)
    select row_number() over (order by created_at, name), name, description, 'model', created_at, created_at, last_version
    from models`.execute(db)
  await sql`insert into registered_versions
    (model, version, digest, created_at, updated_at, stage, description, body)
    select m.id, v.version, v.digest, v.created_at, v.created_at, 'None', '', v.body
    from model_versions v join registered_models m on m.name = v.model`.execute(db)
  await sql`insert into registered_alias_events (model, seq, alias, version, at, "by", reason)
    select m.id, e.seq, e.alias, e.version, e.at, e."by", e.reason
    from alias_events e join registered_models m on m.name = e.model`.execute(db)
  await sql`insert into registered_aliases (model, alias, version)
    select m.id, a.alias, a.version from model_aliases a join registered_models m on m.name = a.model`.execute(
    db,
  )
  for (const table of ['model_aliases', 'alias_events', 'model_versions', 'models'])
    await db.schema.dropTable(table).execute()
}

/** Which version a release refers to, so that it is found without reading every release. */
async function referToVersions(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const postgres = types === columnTypes.postgres
  await db.schema.alterTable('releases').addColumn('model', types.text).execute()
  await db.schema.alterTable('releases').addColumn('model_version', types.integer).execute()
  const name = postgres ? sql`(body::json)->'model'->>'name'` : sql`json_extract(body, '$.model.name')`
  const version = postgres
    ? sql`((body::json)->'model'->>'version')::bigint`
    : sql`json_extract(body, '$.model.version')`
  await sql`update releases set model = ${name}, model_version = ${version}`.execute(db)
  await db.schema.createIndex('releases_model').on('releases').columns(['model', 'model_version']).execute()
  const run = postgres ? sql`(body::json)->>'experimentRun'` : sql`json_extract(body, '$.experimentRun')`
  await sql`update registered_versions set run = replace(${run}, 'run_', '')`.execute(db)
}
