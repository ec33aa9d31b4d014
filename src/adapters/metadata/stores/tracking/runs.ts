import { type Selectable, sql } from 'kysely'
import type { RunStatus } from '../../../../experiments/index.ts'
import type { RunChange, RunRows, StoredRun } from '../../../../experiments/ports.ts'
import type { Micros } from '../../../../kernel/time.ts'
import { micros, microsOrNull } from '../../columns.ts'
import { type Connection, fixedList, isIn, runFixed } from './bulk.ts'
import { lastNumber } from './numbers.ts'
import { neverStarted, type RunTable } from './tables.ts'

export function runRows(connection: Connection): RunRows {
  const { db } = connection
  const select = db.selectFrom('tracking_runs').selectAll()
  return {
    async find(ids) {
      if (ids.length === 0) return []
      const rows = await runFixed<Selectable<RunTable>>(connection, 'runs by id', {
        text: () => `select * from tracking_runs where run_id in ${fixedList(connection.kind, 'text')}`,
        parameters: [JSON.stringify(ids)],
      })
      return rows.map(toRun)
    },
    async findByRef(refs) {
      if (refs.length === 0) return []
      return (await select.where(isIn(connection, sql`id`, refs)).execute()).map(toRun)
    },
    insert: run => insertRun(connection, run),
    async change(refs, { seenAt, ...change }) {
      if (refs.length === 0) return
      if (seenAt !== undefined && Object.keys(change).length === 0) return noteSeen(connection, refs, seenAt)
      await db
        .updateTable('tracking_runs')
        .set({
          revision: sql<number>`revision + 1`,
          ...(seenAt === undefined ? {} : { seen_at: seenAt }),
          ...columnsOf(change),
        })
        .where(isIn(connection, sql`id`, refs))
        .execute()
    },
    async changeWithExperiment(experiment, deleted) {
      const { numUpdatedRows } = await db
        .updateTable('tracking_runs')
        .set({ revision: sql<number>`revision + 1`, deleted: Number(deleted), deleted_with: Number(deleted) })
        .where('experiment', '=', experiment)
        .where('deleted', '=', Number(!deleted))
        .where('deleted_with', '=', Number(!deleted))
        .executeTakeFirstOrThrow()
      return Number(numUpdatedRows)
    },
    async unseenSince(before, { ofPipelines, beats, limit }) {
      const running = beats === undefined ? select : select.where('beats', '=', Number(beats))
      const rows = await running
        .where('status', '=', 'running')
        .where('seen_at', '<', before)
        .where('pipeline_run', ofPipelines ? 'is not' : 'is', null)
        .orderBy('seen_at')
        .limit(limit)
        .execute()
      return rows.map(toRun)
    },
  }
}

/** What most commits change of a run. */
async function noteSeen(connection: Connection, refs: readonly number[], seenAt: Micros): Promise<void> {
  const { kind } = connection
  await runFixed(connection, 'runs seen', {
    text: () => `update tracking_runs set revision = revision + 1, seen_at = ${kind === 'sqlite' ? '?2' : '$2'}
      where id in ${fixedList(kind, 'bigint')}`,
    parameters: [JSON.stringify(refs), seenAt],
  })
}

async function insertRun(connection: Connection, run: Omit<StoredRun, 'ref'>): Promise<number> {
  const { db } = connection
  const last = await lastNumber(connection, 'tracking_runs')
  await db
    .insertInto('tracking_runs')
    .values({
      id: last + 1,
      run_id: run.id,
      experiment: run.experiment,
      user_name: run.user,
      started_at: run.startedAt,
      newest: run.startedAt === null ? neverStarted : -run.startedAt,
      artifact_location: run.artifactLocation,
      fork_run: run.forkOf?.run ?? null,
      fork_step: run.forkOf?.step ?? null,
      pipeline_run: run.pipelineRun,
      training_set: run.trainingSet,
      created_at: run.createdAt,
      seen_at: run.seenAt,
      revision: run.revision,
      name: run.name,
      status: run.status,
      ended_at: run.endedAt,
      deleted: Number(run.deleted),
      deleted_with: Number(run.deletedWith),
      parent: run.parent,
      cause: run.cause,
      client: run.client,
      beats: Number(run.beats),
    })
    .execute()
  return last + 1
}

function columnsOf(
  change: RunChange,
): Partial<Pick<RunTable, 'name' | 'status' | 'parent' | 'cause' | 'client'>> {
  const { name, status, endedAt, deleted, deletedWith, parent, cause, client, beats } = change
  return {
    ...(name === undefined ? {} : { name }),
    ...(status === undefined ? {} : { status }),
    ...(endedAt === undefined ? {} : { ended_at: endedAt }),
    ...(deleted === undefined ? {} : { deleted: Number(deleted) }),
    ...(deletedWith === undefined ? {} : { deleted_with: Number(deletedWith) }),
    ...(parent === undefined ? {} : { parent }),
    ...(cause === undefined ? {} : { cause }),
    ...(client === undefined ? {} : { client }),
    ...(beats === undefined ? {} : { beats: Number(beats) }),
  }
}

/** A row of `tracking_runs`, for the stores that search. */
export function toRun(row: Selectable<RunTable>): StoredRun {
  return {
    ref: row.id,
    id: row.run_id,
    experiment: row.experiment,
    name: row.name,
    user: row.user_name,
    status: row.status as RunStatus,
    startedAt: microsOrNull(row.started_at),
    endedAt: microsOrNull(row.ended_at),
    deleted: row.deleted === 1,
    deletedWith: row.deleted_with === 1,
    artifactLocation: row.artifact_location,
    parent: row.parent,
    forkOf: row.fork_run === null ? null : { run: row.fork_run, step: row.fork_step ?? 0 },
    pipelineRun: row.pipeline_run,
    trainingSet: row.training_set,
    cause: row.cause,
    client: row.client,
    createdAt: micros(row.created_at),
    seenAt: micros(row.seen_at),
    beats: row.beats === 1,
    revision: row.revision,
  }
}
