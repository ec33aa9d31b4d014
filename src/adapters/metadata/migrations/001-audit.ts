import type { Migration } from './index.ts'

export const audit: Migration = {
  id: '001-audit',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('audit_events')
      .addColumn('seq', integer, column => column.primaryKey())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('principal', text, column => column.notNull())
      .addColumn('action', text, column => column.notNull())
      .addColumn('object', text, column => column.notNull())
      .addColumn('details', text, column => column.notNull())
      .addColumn('hash', text, column => column.notNull())
      .execute()
    await db.schema.createIndex('audit_events_object').on('audit_events').columns(['object', 'seq']).execute()
  },
}
