import type { Migration } from './index.ts'

export const sync: Migration = {
  id: '017-sync',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('store_identity')
      .addColumn('place', integer, column => column.primaryKey())
      .addColumn('id', text, column => column.notNull())
      .execute()
    await db.schema
      .createTable('sync_clients')
      .addColumn('client', text, column => column.primaryKey())
      .addColumn('sequence', integer, column => column.notNull())
      .addColumn('digest', text, column => column.notNull())
      .addColumn('skew', integer, column => column.notNull())
      .addColumn('principal', text, column => column.notNull())
      .addColumn('seen_at', integer, column => column.notNull())
      .execute()
    await db.schema
      .createTable('sync_refusals')
      .addColumn('client', text, column => column.notNull())
      .addColumn('sequence', integer, column => column.notNull())
      .addColumn('run', text)
      .addColumn('code', text, column => column.notNull())
      .addColumn('message', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addPrimaryKeyConstraint('sync_refusals_pk', ['client', 'sequence'])
      .execute()
    await db.schema
      .createTable('run_alert_rules')
      .addColumn('id', text, column => column.primaryKey())
      .addColumn('experiment', integer)
      .addColumn('owner', text, column => column.notNull())
      .addColumn('content', text, column => column.notNull())
      .addColumn('created_at', integer, column => column.notNull())
      .addColumn('muted_until', integer)
      .execute()
    await db.schema
      .createTable('run_alerts')
      .addColumn('rule', text, column => column.notNull())
      .addColumn('run', text, column => column.notNull())
      .addColumn('experiment', integer, column => column.notNull())
      .addColumn('owner', text, column => column.notNull())
      .addColumn('kind', text, column => column.notNull())
      .addColumn('message', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('closed_at', integer)
      .addPrimaryKeyConstraint('run_alerts_pk', ['rule', 'run'])
      .execute()
    await db.schema.createIndex('run_alerts_run').on('run_alerts').column('run').execute()
    await db.schema.createIndex('run_alerts_at').on('run_alerts').columns(['experiment', 'at']).execute()
  },
}
