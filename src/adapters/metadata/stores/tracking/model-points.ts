import { type Selectable, sql } from 'kysely'
import { isLater } from '../../../../experiments/index.ts'
import type { ModelPoint, TrackingStore } from '../../../../experiments/ports.ts'
import { fromSortable, micros, toSortable } from '../../columns.ts'
import { type Connection, insertRows, isIn } from './bulk.ts'
import type { TrackingTables } from './tables.ts'

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

const identity = ({ model, key, datasetName, datasetDigest }: ModelPoint) =>
  JSON.stringify([model, key, datasetName, datasetDigest])

export async function writeModelPoints(connection: Connection, points: readonly ModelPoint[]): Promise<void> {
  if (points.length === 0) return
  const rows = await connection.db
    .selectFrom('logged_model_metrics')
    .selectAll()
    .where(isIn(connection, sql`model`, [...new Set(points.map(({ model }) => model))]))
    .execute()
  const latest = new Map(rows.map(toModelPoint).map(point => [identity(point), point]))
  const changed = new Map<string, ModelPoint>()
  for (const point of points) {
    const known = latest.get(identity(point))
    if (known !== undefined && !isLater(point, known)) continue
    latest.set(identity(point), point)
    changed.set(identity(point), point)
  }
  await insertRows(connection, {
    table: 'logged_model_metrics',
    columns: ['model', 'key', 'dataset_name', 'dataset_digest', 'step', 'at', 'nan', 'value', 'run'],
    rows: [...changed.values()].map(({ model, key, datasetName, datasetDigest, step, at, value, run }) => {
      const nan = Number.isNaN(value)
      return [
        model,
        key,
        datasetName,
        datasetDigest,
        step,
        at,
        nan ? 1 : 0,
        nan ? 0n : toSortable(value),
        run,
      ]
    }),
    conflict: `on conflict (model, key, dataset_name, dataset_digest) do update set step = excluded.step,
      at = excluded.at, nan = excluded.nan, value = excluded.value, run = excluded.run`,
  })
}

function toModelPoint(row: Selectable<TrackingTables['logged_model_metrics']>): ModelPoint {
  return {
    model: row.model,
    key: row.key,
    datasetName: row.dataset_name,
    datasetDigest: row.dataset_digest,
    run: row.run,
    step: row.step,
    at: micros(row.at),
    value: row.nan === 1 ? Number.NaN : fromSortable(row.value),
  }
}
