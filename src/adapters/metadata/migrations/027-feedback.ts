import type { Migration } from './index.ts'

/** The label table, where each item stands with the decisions, and how far the feedback logs have been read. */
export const feedback: Migration = {
  id: '027-feedback',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('feedback_items')
      .addColumn('seq', integer, column => column.primaryKey())
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('id', text, column => column.notNull())
      .addColumn('kind', text, column => column.notNull())
      .addColumn('form', text, column => column.notNull())
      .addColumn('value', integer, column => column.notNull())
      .addColumn('event_time', integer, column => column.notNull())
      .addColumn('known_time', integer, column => column.notNull())
      .addColumn('received_at', integer, column => column.notNull())
      .addColumn('source', text, column => column.notNull())
      .addColumn('source_rank', integer)
      .addColumn('actor_class', text, column => column.notNull())
      .addColumn('actor', text)
      .addColumn('weight', integer, column => column.notNull())
      .addColumn('state', text, column => column.notNull())
      .addColumn('reason', text)
      .addColumn('note', text)
      .addColumn('join_within', integer, column => column.notNull())
      .addColumn('about_prediction', text)
      .addColumn('about_request', text)
      .addColumn('about_row', integer)
      .addColumn('about_key', text)
      .execute()
    await db.schema
      .createIndex('feedback_items_id')
      .on('feedback_items')
      .columns(['deployment', 'id'])
      .unique()
      .execute()
    await db.schema
      .createTable('feedback_joins')
      .addColumn('seq', integer, column => column.primaryKey())
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('named', integer, column => column.notNull())
      .addColumn('state', text, column => column.notNull())
      .addColumn('prediction_id', text)
      .addColumn('decided_at', integer)
      .addColumn('as_of', integer)
      .addColumn('tries', integer, column => column.notNull())
      .addColumn('due_at', integer)
      .execute()
    const indexes: readonly (readonly [name: string, columns: readonly string[]])[] = [
      ['feedback_joins_due', ['due_at', 'deployment']],
      ['feedback_joins_next', ['deployment', 'named', 'due_at', 'seq']],
      ['feedback_joins_prediction', ['prediction_id']],
      ['feedback_joins_decided', ['deployment', 'decided_at']],
    ]
    for (const [name, columns] of indexes)
      await db.schema
        .createIndex(name)
        .on('feedback_joins')
        .columns([...columns])
        .execute()
    await db.schema
      .createTable('feedback_cursors')
      .addColumn('segment', text, column => column.primaryKey())
      .addColumn('read_to', integer, column => column.notNull())
      .execute()
  },
}
