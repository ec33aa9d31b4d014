import type { Migration } from './index.ts'

export const erasures: Migration = {
  id: '010-erasures',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('erasures')
      .addColumn('id', text, column => column.primaryKey())
      .addColumn('entity', text, column => column.notNull())
      .addColumn('token', text, column => column.notNull())
      .addColumn('requested_at', integer, column => column.notNull())
      .addColumn('effective_at', integer)
      .addColumn('body', text, column => column.notNull())
      .addUniqueConstraint('erasures_token', ['entity', 'token'])
      .execute()
  },
}
