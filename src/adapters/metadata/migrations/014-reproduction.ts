import type { Migration } from './index.ts'

export const reproduction: Migration = {
  id: '014-reproduction',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('reproduction_facts')
      .addColumn('kind', text, column => column.notNull())
      .addColumn('subject', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addPrimaryKeyConstraint('reproduction_facts_key', ['kind', 'subject'])
      .execute()
    await db.schema
      .createTable('reproduction_reports')
      .addColumn('id', text, column => column.primaryKey())
      .addColumn('model', text, column => column.notNull())
      .addColumn('version', integer, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('hash', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .execute()
    await db.schema
      .createIndex('reproduction_reports_of')
      .on('reproduction_reports')
      .columns(['model', 'version', 'at'])
      .execute()
  },
}
