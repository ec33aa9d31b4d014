import type { SeriesRows } from '../../../../experiments/ports.ts'
import { type Connection, insertRows } from './bulk.ts'

type BlockRows = Pick<SeriesRows, 'insertBlocks' | 'blockCount' | 'blocks' | 'clearBlocks'>

export function blockRows(connection: Connection): BlockRows {
  const { db } = connection
  return {
    insertBlocks: blocks =>
      insertRows(connection, {
        table: 'metric_blocks',
        columns: ['run', 'seq', 'body'],
        rows: blocks.map(({ run, seq, body }) => [run, seq, body]),
      }),
    async blockCount(run) {
      const { count } = await db
        .selectFrom('metric_blocks')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('run', '=', run)
        .executeTakeFirstOrThrow()
      return Number(count)
    },
    async blocks(run) {
      const rows = await db
        .selectFrom('metric_blocks')
        .select('body')
        .where('run', '=', run)
        .orderBy('seq')
        .execute()
      return rows.map(({ body }) => body)
    },
    async clearBlocks(run) {
      await db.deleteFrom('metric_blocks').where('run', '=', run).execute()
    },
  }
}
