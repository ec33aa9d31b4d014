import type { Migration } from './index.ts'

/** Evaluations kept with a version; the reports are objects. */
export const evaluations: Migration = {
  id: '024-evaluations',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('version_evaluations')
      .addColumn('digest', text, column => column.notNull())
      .addColumn('hash', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('by', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addPrimaryKeyConstraint('version_evaluations_key', ['digest', 'hash'])
      .execute()
  },
}
