import type { Migration } from './index.ts'

export const savedViews: Migration = {
  id: '015-saved-views',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('saved_views')
      .addColumn('id', text, column => column.primaryKey())
      .addColumn('experiment', text, column => column.notNull())
      .addColumn('name', text, column => column.notNull())
      .addColumn('owner', text, column => column.notNull())
      .addColumn('version', integer, column => column.notNull())
      .addUniqueConstraint('saved_views_name', ['experiment', 'name'])
      .execute()
    await db.schema
      .createTable('saved_view_versions')
      .addColumn('view', text, column => column.notNull())
      .addColumn('version', integer, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('by', text, column => column.notNull())
      .addColumn('name', text, column => column.notNull())
      .addColumn('content', text, column => column.notNull())
      .addPrimaryKeyConstraint('saved_view_versions_pk', ['view', 'version'])
      .execute()
  },
}
