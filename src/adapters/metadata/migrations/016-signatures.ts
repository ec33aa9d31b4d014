import type { Migration } from './index.ts'

export const signatures: Migration = {
  id: '016-signatures',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('version_signatures')
      .addColumn('digest', text, column => column.notNull())
      .addColumn('kind', text, column => column.notNull())
      .addColumn('bundle', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('by', text, column => column.notNull())
      .addPrimaryKeyConstraint('version_signatures_key', ['digest', 'kind'])
      .execute()
  },
}
