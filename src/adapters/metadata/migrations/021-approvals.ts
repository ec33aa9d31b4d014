import type { Migration } from './index.ts'

export const approvals: Migration = {
  id: '021-approvals',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('approvals')
      .addColumn('seq', integer, column => column.primaryKey())
      .addColumn('id', text, column => column.notNull().unique())
      .addColumn('kind', text, column => column.notNull())
      .addColumn('subject', text, column => column.notNull())
      .addColumn('state', text, column => column.notNull())
      .addColumn('requested_at', integer, column => column.notNull())
      .addColumn('expires_at', integer, column => column.notNull())
      .addColumn('closed_at', integer)
      .addColumn('body', text, column => column.notNull())
      .execute()
    await db.schema.createIndex('approvals_subject').on('approvals').columns(['subject', 'seq']).execute()
    await db.schema
      .createTable('alias_rules')
      .addColumn('model', text, column => column.notNull())
      .addColumn('alias', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addPrimaryKeyConstraint('alias_rules_key', ['model', 'alias'])
      .execute()
  },
}
