import type { Migration } from './index.ts'

/** The append-only log of every deployment's rollouts, the looks it rests on, and approvals. */
export const rollouts: Migration = {
  id: '025-rollouts',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('rollout_rows')
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('seq', integer, column => column.notNull())
      .addColumn('rollout', text)
      .addColumn('event', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('hash', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .addPrimaryKeyConstraint('rollout_rows_key', ['deployment', 'seq'])
      .execute()
    await db.schema
      .createTable('rollout_looks')
      .addColumn('id', text, column => column.primaryKey())
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('rollout', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .execute()
    await db.schema
      .createIndex('rollout_looks_of')
      .on('rollout_looks')
      .columns(['rollout', 'at', 'id'])
      .execute()
    await db.schema
      .createTable('rollout_approvals')
      .addColumn('rollout', text, column => column.notNull())
      .addColumn('by', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('digest', text, column => column.notNull())
      .addColumn('contract_set', text)
      .addPrimaryKeyConstraint('rollout_approvals_key', ['rollout', 'by'])
      .execute()
  },
}
