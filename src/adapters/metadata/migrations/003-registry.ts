import type { Kysely } from 'kysely'
import type { ColumnTypes } from '../columns.ts'
import type { Migration } from './index.ts'

export const registry: Migration = {
  id: '003-registry',
  async up(db, types) {
    await createModels(db, types)
    await createAliases(db, types)
  },
}

async function createModels(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('models')
    .addColumn('name', text, column => column.primaryKey())
    .addColumn('description', text, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('last_version', integer, column => column.notNull())
    .execute()
  await db.schema
    .createTable('model_versions')
    .addColumn('model', text, column => column.notNull().references('models.name'))
    .addColumn('version', integer, column => column.notNull())
    .addColumn('digest', text, column => column.notNull())
    .addColumn('created_at', integer, column => column.notNull())
    .addColumn('body', text, column => column.notNull())
    .addPrimaryKeyConstraint('model_versions_pk', ['model', 'version'])
    .addUniqueConstraint('model_versions_digest', ['model', 'digest'])
    .execute()
}

async function createAliases(db: Kysely<unknown>, { text, integer }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('alias_events')
    .addColumn('model', text, column => column.notNull().references('models.name'))
    .addColumn('seq', integer, column => column.notNull())
    .addColumn('alias', text, column => column.notNull())
    .addColumn('version', integer)
    .addColumn('at', integer, column => column.notNull())
    .addColumn('by', text, column => column.notNull())
    .addColumn('reason', text, column => column.notNull())
    .addPrimaryKeyConstraint('alias_events_pk', ['model', 'seq'])
    .execute()
  await db.schema
    .createTable('model_aliases')
    .addColumn('model', text, column => column.notNull().references('models.name'))
    .addColumn('alias', text, column => column.notNull())
    .addColumn('version', integer, column => column.notNull())
    .addPrimaryKeyConstraint('model_aliases_pk', ['model', 'alias'])
    .execute()
}
