import { sql } from 'kysely'
import type { DocumentRows } from '../../../../experiments/ports.ts'
import { type Connection, insertRows, isIn } from './bulk.ts'

export function documentRows(connection: Connection): DocumentRows {
  return {
    async find(ids) {
      const rows = await connection.db
        .selectFrom('tracking_runs')
        .leftJoin('run_documents', join =>
          join
            .onRef('run_documents.run', '=', 'tracking_runs.id')
            .onRef('run_documents.revision', '=', 'tracking_runs.revision'),
        )
        .select(['tracking_runs.id', 'run_id', 'tracking_runs.revision', 'body'])
        .where(isIn(connection, sql`run_id`, ids))
        .execute()
      return new Map(
        rows.map(row => [row.run_id, { ref: row.id, revision: row.revision, body: row.body ?? undefined }]),
      )
    },
    async write(documents) {
      // A run may be purged between the reading and the storing of its document.
      const refs = documents.map(({ ref }) => ref)
      const runs = connection.db
        .selectFrom('tracking_runs')
        .select('id')
        .where(isIn(connection, sql`id`, refs))
      const there = new Set((await runs.execute()).map(({ id }) => id))
      await insertRows(connection, {
        table: 'run_documents',
        columns: ['run', 'revision', 'body'],
        rows: documents
          .filter(({ ref }) => there.has(ref))
          .map(({ ref, revision, body }) => [ref, revision, body]),
        conflict: `on conflict (run) do update set revision = excluded.revision, body = excluded.body
          where excluded.revision > run_documents.revision`,
      })
    },
  }
}
