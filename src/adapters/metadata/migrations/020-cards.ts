import type { Migration } from './index.ts'

export const modelCards: Migration = {
  id: '020-cards',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('model_cards')
      .addColumn('digest', text, column => column.primaryKey())
      .addColumn('at', integer, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .execute()
    await db.schema
      .createTable('model_card_notes')
      .addColumn('digest', text, column => column.notNull())
      .addColumn('field', text, column => column.notNull())
      .addColumn('text', text, column => column.notNull())
      .addColumn('by', text, column => column.notNull())
      .addColumn('at', integer, column => column.notNull())
      .addPrimaryKeyConstraint('model_card_notes_key', ['digest', 'field'])
      .execute()
  },
}
