import type { Migration } from './index.ts'

export const webhooks: Migration = {
  id: '013-webhooks',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('webhooks')
      .addColumn('seq', integer, column => column.primaryKey())
      .addColumn('id', text, column => column.notNull().unique())
      .addColumn('status', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addColumn('created_at', integer, column => column.notNull())
      .addColumn('updated_at', integer, column => column.notNull())
      .execute()
    await db.schema
      .createTable('webhook_deliveries')
      .addColumn('seq', integer, column => column.primaryKey())
      .addColumn('id', text, column => column.notNull().unique())
      .addColumn('webhook', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addColumn('created_at', integer, column => column.notNull())
      .addColumn('attempts', integer, column => column.notNull())
      .addColumn('due_at', integer)
      .addColumn('settled_at', integer)
      .addColumn('problem', text)
      .execute()
    for (const column of ['due_at', 'settled_at', 'webhook'])
      await db.schema
        .createIndex(`webhook_deliveries_${column}`)
        .on('webhook_deliveries')
        .column(column)
        .execute()
  },
}
