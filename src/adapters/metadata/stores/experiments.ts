import { type Kysely, sql } from 'kysely'
import type { Experiment, ExperimentStore } from '../../../experiments/index.ts'
import { newId } from '../../../kernel/ids.ts'
import {
  type DoubleColumn,
  type MicrosColumn,
  micros,
  microsOrNull,
  type NullableMicrosColumn,
} from '../columns.ts'
import { pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'
import { addArtifacts, listArtifacts } from './run-artifacts.ts'
import { logBatch, metricHistory } from './run-log.ts'
import { findRun, insertRun, listRuns } from './runs.ts'

interface Fact {
  run: string
  key: string
  value: string
}

interface Point {
  run: string
  key: string
  at: MicrosColumn
  step: number
  /** 1 for NaN, with value 0. */
  nan: number
  value: DoubleColumn
}

export interface ExperimentTables {
  experiments: { id: string; name: string; created_at: MicrosColumn }
  experiment_runs: {
    id: string
    experiment: string
    name: string
    state: string
    started_at: MicrosColumn
    finished_at: NullableMicrosColumn
    pipeline_run: string | null
    training_set: string | null
  }
  metric_points: Point
  /** One row per (run, key): the latest point, kept with each write. */
  latest_metrics: Point & { experiment: string }
  run_params: Fact
  run_tags: Fact
  run_artifacts: { run: string; path: string; seq: number; hash: string; bytes: number }
}

export function experimentStore(db: Kysely<Schema>): ExperimentStore {
  const findExperiment = async (name: string): Promise<Experiment | undefined> => {
    const row = await db.selectFrom('experiments').selectAll().where('name', '=', name).executeTakeFirst()
    return row && { id: row.id, name: row.name, createdAt: micros(row.created_at) }
  }
  return {
    findExperiment,
    async ensureExperiment(name, at) {
      const known = await findExperiment(name)
      if (known !== undefined) return known
      const experiment = { id: newId('exp'), name, createdAt: at }
      await db.insertInto('experiments').values({ id: experiment.id, name, created_at: at }).execute()
      return experiment
    },
    listExperiments: page => listExperiments(db, page),
    insertRun: run => insertRun(db, run),
    findRun: id => findRun(db, id),
    async lockRun(id) {
      await db.selectFrom('experiment_runs').select('id').where('id', '=', id).forUpdate().execute()
      return findRun(db, id)
    },
    listRuns: query => listRuns(db, query),
    log: (run, batch) => logBatch(db, run, batch),
    async finishRun(id, state, at) {
      await db.updateTable('experiment_runs').set({ state, finished_at: at }).where('id', '=', id).execute()
    },
    metricHistory: (run, key) => metricHistory(db, run, key),
    addArtifacts: (run, entries) => addArtifacts(db, run, entries),
    listArtifacts: run => listArtifacts(db, run),
  }
}

async function listExperiments(db: Kysely<Schema>, page: Parameters<ExperimentStore['listExperiments']>[0]) {
  const limit = pageLimit(page)
  const [at, id] = readCursor('experiments', page, 2) ?? []
  let query = db
    .selectFrom('experiments')
    .selectAll()
    .select(eb => [
      eb
        .selectFrom('experiment_runs')
        .select(sql<number>`count(*)`.as('n'))
        .whereRef('experiment_runs.experiment', '=', 'experiments.name')
        .as('run_count'),
      eb
        .selectFrom('experiment_runs')
        .select(sql<number | bigint>`max(started_at)`.as('last'))
        .whereRef('experiment_runs.experiment', '=', 'experiments.name')
        .as('last_run_at'),
    ])
  if (at !== undefined) query = query.where(sql<boolean>`(created_at, id) < (${at}, ${id})`)
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  return toPage(rows, limit, {
    item: row => ({
      id: row.id,
      name: row.name,
      createdAt: micros(row.created_at),
      runCount: row.run_count ?? 0,
      lastRunAt: microsOrNull(row.last_run_at),
    }),
    cursor: row => writeCursor('experiments', [row.created_at, row.id]),
  })
}
