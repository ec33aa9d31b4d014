import type { Kysely } from 'kysely'
import type { Migration } from './index.ts'

/** Releases exist before they serve: what served when is a table of its own, and so are the verdicts of the gate. */
export const releases: Migration = {
  id: '023-releases',
  async up(db, { text, integer }) {
    await db.schema.alterTable('releases').renameColumn('deployed_at', 'created_at').execute()
    await db.schema.createIndex('releases_digest').on('releases').columns(['deployment', 'digest']).execute()
    await db.schema
      .createTable('release_servings')
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('seq', integer, column => column.notNull())
      .addColumn('number', integer, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('by', text, column => column.notNull())
      .addColumn('reason', text, column => column.notNull())
      .addPrimaryKeyConstraint('release_servings_key', ['deployment', 'seq'])
      .execute()
    await (db as Database)
      .insertInto('release_servings')
      .columns(['deployment', 'seq', 'number', 'at', 'by', 'reason'])
      .expression(
        (db as Database)
          .selectFrom('releases')
          .select(['deployment', 'number as seq', 'number', 'created_at as at', 'by', 'reason']),
      )
      .execute()
    await db.schema
      .createTable('release_verdicts')
      .addColumn('id', text, column => column.primaryKey())
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('number', integer, column => column.notNull())
      .addColumn('digest', text, column => column.notNull())
      .addColumn('verdict', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('expires_at', integer, column => column.notNull())
      .addColumn('run', text, column => column.notNull())
      .addColumn('page', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .execute()
    await db.schema
      .createIndex('release_verdicts_of')
      .on('release_verdicts')
      .columns(['deployment', 'at'])
      .execute()
    await db.schema
      .createTable('purpose_values')
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('value', text, column => column.notNull())
      .addColumn('by', text, column => column.notNull())
      .addColumn('recorded_at', integer, column => column.notNull())
      .addPrimaryKeyConstraint('purpose_values_key', ['deployment', 'at'])
      .execute()
  },
}

type Database = Kysely<{
  releases: { deployment: string; number: number; created_at: number; by: string; reason: string }
  release_servings: {
    deployment: string
    seq: number
    number: number
    at: number
    by: string
    reason: string
  }
}>
