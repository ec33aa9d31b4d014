import { type Kysely, type Selectable, sql } from 'kysely'
import type { LoggedModelStore, StoredLoggedModel } from '../../../../experiments/index.ts'
import { fromSortable, micros } from '../../columns.ts'
import type { Schema } from '../../schema.ts'
import { type Connection, insertRows, isIn } from './bulk.ts'
import { lastNumber } from './numbers.ts'
import { kindOf } from './search-fields.ts'
import type { TrackingTables } from './tables.ts'

export function loggedModelStore(db: Kysely<Schema>): LoggedModelStore {
  const connection = { db, kind: kindOf(db) }
  return {
    find: ids => findModels(connection, ids),
    async insert(model) {
      const id = (await lastNumber(connection, 'logged_models')) + 1
      await db
        .insertInto('logged_models')
        .values({
          id,
          model_id: model.id,
          experiment: model.experiment,
          name: model.name,
          model_type: model.modelType,
          source_run: model.sourceRun,
          status: model.status,
          artifact_location: model.artifactLocation,
          deleted: 0,
          created_at: model.createdAt,
          updated_at: model.updatedAt,
        })
        .execute()
      return id
    },
    async change(ref, { status, deleted, updatedAt }) {
      await db
        .updateTable('logged_models')
        .set({
          updated_at: updatedAt,
          ...(status === undefined ? {} : { status }),
          ...(deleted === undefined ? {} : { deleted: 1 }),
        })
        .where('id', '=', ref)
        .execute()
    },
    write: (kind, ref, facts) =>
      insertRows(connection, {
        table: `logged_model_${kind}`,
        columns: ['model', 'key', 'value'],
        rows: [...facts].map(([key, value]) => [ref, key, value]),
        conflict: 'on conflict (model, key) do update set value = excluded.value',
      }),
    async removeTag(ref, key) {
      const { numDeletedRows } = await db
        .deleteFrom('logged_model_tags')
        .where('model', '=', ref)
        .where('key', '=', key)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

type ModelRow = Selectable<TrackingTables['logged_models']>

async function findModels(
  connection: Connection,
  ids: readonly string[],
): Promise<readonly StoredLoggedModel[]> {
  if (ids.length === 0) return []
  const rows = await connection.db
    .selectFrom('logged_models')
    .selectAll()
    .where('deleted', '=', 0)
    .where(isIn(connection, sql`model_id`, ids))
    .execute()
  const refs = rows.map(({ id }) => id)
  const params = await factsOf(connection, 'params', refs)
  const tags = await factsOf(connection, 'tags', refs)
  const metrics = await metricsOf(connection, refs)
  const found = new Map(
    rows.map(row => [
      row.model_id,
      toModel(row, { params: params(row.id), tags: tags(row.id), metrics: metrics(row.id, row.model_id) }),
    ]),
  )
  return ids.flatMap(id => found.get(id) ?? [])
}

function toModel(
  row: ModelRow,
  logged: Pick<StoredLoggedModel, 'params' | 'tags' | 'metrics'>,
): StoredLoggedModel {
  return {
    ref: row.id,
    id: row.model_id,
    experiment: String(row.experiment),
    name: row.name,
    modelType: row.model_type,
    sourceRun: row.source_run,
    status: row.status as StoredLoggedModel['status'],
    artifactLocation: row.artifact_location,
    createdAt: micros(row.created_at),
    updatedAt: micros(row.updated_at),
    ...logged,
  }
}

async function factsOf(connection: Connection, kind: 'params' | 'tags', refs: readonly number[]) {
  if (refs.length === 0) return () => ({})
  const rows = await connection.db
    .selectFrom(`logged_model_${kind}` as 'logged_model_params')
    .innerJoin('tracking_keys as k', 'k.id', 'key')
    .select(['model', 'k.name as name', 'value'])
    .where(isIn(connection, sql`model`, refs))
    .orderBy('k.name')
    .execute()
  const byModel = grouped(rows)
  // Object.fromEntries defines members: a key such as __proto__ is only a key.
  return (ref: number) => Object.fromEntries((byModel.get(ref) ?? []).map(({ name, value }) => [name, value]))
}

async function metricsOf(connection: Connection, refs: readonly number[]) {
  if (refs.length === 0) return () => []
  const rows = await connection.db
    .selectFrom('logged_model_points as s')
    .innerJoin('tracking_keys as k', 'k.id', 's.key')
    .selectAll('s')
    .select('k.name as name')
    .where(isIn(connection, sql`s.model`, refs))
    .orderBy('k.name')
    .orderBy('s.dataset_name')
    .orderBy('s.dataset_digest')
    .orderBy('s.step')
    .orderBy('s.at')
    .execute()
  const byModel = grouped(rows)
  return (ref: number, modelId: string): StoredLoggedModel['metrics'] =>
    (byModel.get(ref) ?? []).map(row => ({
      key: row.name,
      value: row.nan === 1 ? Number.NaN : fromSortable(row.value),
      step: row.step,
      at: micros(row.at),
      modelId,
      run: row.run,
      ...(row.dataset_name === '' && row.dataset_digest === ''
        ? {}
        : { dataset: { name: row.dataset_name, digest: row.dataset_digest } }),
    }))
}

function grouped<Row extends { readonly model: number }>(
  rows: readonly Row[],
): ReadonlyMap<number, readonly Row[]> {
  const groups = new Map<number, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.model) ?? []
    group.push(row)
    groups.set(row.model, group)
  }
  return groups
}
