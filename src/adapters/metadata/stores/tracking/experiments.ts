import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { ExperimentRows, StoredExperiment } from '../../../../experiments/ports.ts'
import { micros } from '../../columns.ts'
import { type Connection, groupRows, isIn } from './bulk.ts'
import { lastNumber } from './numbers.ts'
import { neverStarted, type TrackingTables } from './tables.ts'

export function experimentRows(connection: Connection): ExperimentRows {
  const { db } = connection
  const select = db.selectFrom('tracking_experiments').selectAll()
  return {
    async find(id) {
      const row = await select.where('id', '=', id).executeTakeFirst()
      return row && toExperiment(row)
    },
    async findByName(name) {
      const row = await select.where('name', '=', name).executeTakeFirst()
      return row && toExperiment(row)
    },
    insert: experiment => insertExperiment(connection, experiment),
    async update(id, { name, deleted, updatedAt }) {
      await db
        .updateTable('tracking_experiments')
        .set({
          updated_at: updatedAt,
          ...(name === undefined ? {} : { name }),
          ...(deleted === undefined ? {} : { deleted: Number(deleted) }),
        })
        .where('id', '=', id)
        .execute()
    },
    async tags(ids) {
      const rows = await db
        .selectFrom('tracking_experiment_tags')
        .selectAll()
        .where(isIn(connection, sql`experiment`, ids))
        .orderBy('key')
        .execute()
      const groups = groupRows(
        rows,
        row => row.experiment,
        row => [row.key, row.value] as const,
      )
      return new Map([...groups].map(([id, entries]) => [id, Object.fromEntries(entries)]))
    },
    async setTag(id, key, value) {
      await db
        .insertInto('tracking_experiment_tags')
        .values({ experiment: id, key, value })
        .onConflict(conflict => conflict.columns(['experiment', 'key']).doUpdateSet({ value }))
        .execute()
    },
    async removeTag(id, key) {
      const { numDeletedRows } = await db
        .deleteFrom('tracking_experiment_tags')
        .where('experiment', '=', id)
        .where('key', '=', key)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    statistics: ids => statistics(connection, ids),
  }
}

export function toExperiment(row: Selectable<TrackingTables['tracking_experiments']>): StoredExperiment {
  return {
    id: row.id,
    name: row.name,
    artifactLocation: row.artifact_location,
    owner: row.owner,
    deleted: row.deleted === 1,
    createdAt: micros(row.created_at),
    updatedAt: micros(row.updated_at),
  }
}

const insertExperiment = async (
  connection: Connection,
  experiment: Parameters<ExperimentRows['insert']>[0],
): Promise<number> => {
  const id = experiment.id ?? (await lastNumber(connection, 'tracking_experiments')) + 1
  await connection.db
    .insertInto('tracking_experiments')
    .values({
      id,
      name: experiment.name,
      artifact_location: experiment.artifactLocation ?? `mlflow-artifacts:/${id}`,
      owner: experiment.owner,
      deleted: Number(experiment.deleted),
      created_at: experiment.createdAt,
      updated_at: experiment.updatedAt,
    })
    .execute()
  return id
}

async function statistics(
  connection: Connection,
  ids: readonly number[],
): ReturnType<ExperimentRows['statistics']> {
  const rows = await connection.db
    .selectFrom('tracking_runs')
    .select([
      'experiment',
      sql<number>`count(*)`.as('runs'),
      // Of the index that counts: the newest start, turned over.
      sql<number | bigint>`min(newest)`.as('newest'),
    ])
    .where(isIn(connection, sql`experiment`, ids))
    .where('deleted', '=', 0)
    .groupBy('experiment')
    .execute()
  const lastRunAt = (newest: bigint) => (newest === neverStarted ? null : -newest)
  return new Map(
    rows.map(row => [row.experiment, { runs: row.runs, lastRunAt: lastRunAt(BigInt(row.newest)) }]),
  )
}
