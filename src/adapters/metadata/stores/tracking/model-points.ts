import { sql } from 'kysely'
import type { ModelPoint, TrackingStore } from '../../../../experiments/ports.ts'
import { toSortable } from '../../columns.ts'
import { type Connection, insertRows, isIn } from './bulk.ts'

export async function findModels(
  connection: Connection,
  ids: readonly string[],
): ReturnType<TrackingStore['modelRefs']> {
  if (ids.length === 0) return new Map()
  const rows = await connection.db
    .selectFrom('logged_models')
    .select(['id', 'model_id'])
    .where('deleted', '=', 0)
    .where(isIn(connection, sql`model_id`, ids))
    .execute()
  return new Map(rows.map(row => [row.model_id, row.id]))
}

/** A point that is there already changes nothing. */
export async function writeModelPoints(connection: Connection, points: readonly ModelPoint[]): Promise<void> {
  if (points.length === 0) return
  await insertRows(connection, {
    table: 'logged_model_points',
    columns: ['model', 'key', 'dataset_name', 'dataset_digest', 'step', 'at', 'nan', 'value', 'run'],
    rows: points.map(({ model, key, datasetName, datasetDigest, step, at, value, run }) => {
      const nan = Number.isNaN(value)
      return [
        ...[model, key, datasetName, datasetDigest, step, at],
        ...[nan ? 1 : 0, nan ? 0n : toSortable(value), run],
      ]
    }),
    conflict: 'on conflict do nothing',
  })
}
