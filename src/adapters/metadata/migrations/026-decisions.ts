import type { Migration } from './index.ts'

/** Which segments of prediction logs have become files, and which files there are. */
export const decisions: Migration = {
  id: '026-decisions',
  async up(db, { text, integer }) {
    await db.schema
      .createTable('decision_segments')
      .addColumn('node', text, column => column.notNull())
      .addColumn('front', integer, column => column.notNull())
      .addColumn('segment', integer, column => column.notNull())
      .addColumn('row_count', integer, column => column.notNull())
      .addColumn('byte_count', integer, column => column.notNull())
      .addColumn('damaged_bytes', integer, column => column.notNull())
      .addColumn('shipped_at', integer, column => column.notNull())
      .addColumn('removed_at', integer)
      .addPrimaryKeyConstraint('decision_segments_key', ['node', 'front', 'segment'])
      .execute()
    await db.schema
      .createTable('decision_files')
      .addColumn('path', text, column => column.primaryKey())
      .addColumn('deployment', text, column => column.notNull())
      .addColumn('day', text, column => column.notNull())
      .addColumn('body', text, column => column.notNull())
      .execute()
  },
}
