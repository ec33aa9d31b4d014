import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../columns.ts'
import type { Migration } from './index.ts'

export const definitions: Migration = {
  id: '006-definitions',
  async up(db, types) {
    await createDefinitions(db, types)
    await createBuilds(db, types)
  },
}

async function createDefinitions(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('project')
    .addColumn('id', integer, column => column.primaryKey())
    .addColumn('name', text, column => column.notNull())
    .addColumn('directory', text, column => column.notNull())
    .execute()
  for (const table of ['definition_versions', 'definitions']) {
    await db.schema
      .createTable(table)
      .addColumn('ref', text, column => column.notNull())
      .addColumn('version', integer, column => column.notNull())
      .addColumn('kind', text, column => column.notNull())
      .addColumn('name', text, column => column.notNull())
      .addColumn('semantic_hash', text, column => column.notNull())
      .addColumn('descriptive_hash', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addColumn('applied_at', integer, column => column.notNull())
      .addColumn('by', text, column => column.notNull())
      .addColumn('location', text)
      .addPrimaryKeyConstraint(`${table}_pk`, table === 'definitions' ? ['ref'] : ['ref', 'version'])
      .execute()
  }
}

async function createBuilds(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('definition_builds')
    .addColumn('ref', text, column => column.notNull())
    .addColumn('id', text, column => column.notNull())
    .addColumn('version', integer, column => column.notNull())
    .addColumn('report', text, column => column.notNull())
    .addColumn('pipeline_run', text)
    .addColumn('at', integer, column => column.notNull())
    .addPrimaryKeyConstraint('definition_builds_pk', ['ref', 'id'])
    .execute()
}
