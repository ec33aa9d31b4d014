import type { Migration } from './index.ts'

/** Points of many series of a run that came together: one row, where one row of the tail each would touch as many pages. */
export const metricBlocks: Migration = {
  id: '018-metric-blocks',
  async up(db, { blob, integer }) {
    await db.schema
      .createTable('metric_blocks')
      .addColumn('run', integer, column => column.notNull())
      .addColumn('seq', integer, column => column.notNull())
      .addColumn('body', blob, column => column.notNull())
      .addPrimaryKeyConstraint('metric_blocks_pk', ['run', 'seq'])
      .execute()
  },
}
