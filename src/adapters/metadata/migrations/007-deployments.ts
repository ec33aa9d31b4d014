import type { Migration } from './index.ts'

export const deployments: Migration = {
  id: '007-deployments',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('releases')
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('number', integer, column => column.notNull())
      .addColumn('digest', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addColumn('deployed_at', integer, column => column.notNull())
      .addColumn('by', text, column => column.notNull())
      .addColumn('reason', text, column => column.notNull())
      .addPrimaryKeyConstraint('releases_pk', ['deployment', 'number'])
      .execute()
  },
}
