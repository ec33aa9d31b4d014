import { type Kysely, type Selectable, sql } from 'kysely'
import { type ExperimentRun, type ExperimentRunState, parseRunOrder } from '../../../experiments/index.ts'
import type { Page, PageRequest } from '../../../kernel/unit-of-work.ts'
import { micros, microsOrNull } from '../columns.ts'
import { type KeyPart, pageLimit, readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'
import type { ExperimentTables } from './experiments.ts'
import { toPoint } from './run-log.ts'

type RunRow = Selectable<ExperimentTables['experiment_runs']>

export async function insertRun(
  db: Kysely<Schema>,
  run: Omit<ExperimentRun, 'metrics' | 'params'>,
): Promise<void> {
  await db
    .insertInto('experiment_runs')
    .values({
      id: run.id,
      experiment: run.experiment,
      name: run.name,
      state: run.state,
      started_at: run.startedAt,
      finished_at: run.finishedAt,
      pipeline_run: run.pipelineRun,
      training_set: run.trainingSet,
    })
    .execute()
  const tags = Object.entries(run.tags).map(([key, value]) => ({ run: run.id, key, value }))
  if (tags.length > 0) await db.insertInto('run_tags').values(tags).execute()
}

export async function findRun(db: Kysely<Schema>, id: string): Promise<ExperimentRun | undefined> {
  const rows = await db.selectFrom('experiment_runs').selectAll().where('id', '=', id).execute()
  const [run] = await completeRuns(db, rows)
  return run
}

/** A run with its place in the order: rank 0 number, 1 NaN, 2 absent. */
type PlacedRow = RunRow & { readonly rank: number; readonly sort_value: number | bigint }

export async function listRuns(
  db: Kysely<Schema>,
  query: PageRequest & { readonly experiment: string; readonly orderBy?: string },
): Promise<Page<ExperimentRun>> {
  const order = parseRunOrder(query.orderBy)
  const limit = pageLimit(query)
  const scope = JSON.stringify(['runs', query.experiment, order])
  const after = readCursor(scope, query, 4)
  const direction = order.by === 'metric' ? order.direction : 'asc'
  const rows = await selectRuns(db, {
    experiment: query.experiment,
    key: order.by === 'metric' ? order.key : undefined,
  })
    .$if(after !== undefined, select => select.where(isAfter(after ?? [], direction)))
    .orderBy('rank')
    .orderBy('sort_value', direction)
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const page = toPage(rows as PlacedRow[], limit, {
    item: row => row,
    cursor: row => writeCursor(scope, [row.rank, row.sort_value, row.started_at, row.id]),
  })
  return { ...page, items: await completeRuns(db, page.items) }
}

function selectRuns(
  db: Kysely<Schema>,
  { experiment, key }: { experiment: string; key: string | undefined },
) {
  const placed = db
    .selectFrom('experiment_runs')
    .leftJoin('latest_metrics', join =>
      join.onRef('latest_metrics.run', '=', 'experiment_runs.id').on('latest_metrics.key', '=', key ?? ''),
    )
    .selectAll('experiment_runs')
    .select([sql<number>`coalesce(nan, 2)`.as('rank'), sql<number>`coalesce(value, 0)`.as('sort_value')])
    .where('experiment_runs.experiment', '=', experiment)
  return db.selectFrom(placed.as('placed')).selectAll()
}

function isAfter([rank, value, startedAt, id]: readonly KeyPart[], direction: 'asc' | 'desc') {
  const beyond = direction === 'asc' ? sql`sort_value > ${value}` : sql`sort_value < ${value}`
  const older = sql`(started_at < ${startedAt} or (started_at = ${startedAt} and id < ${id}))`
  return sql<boolean>`(rank > ${rank} or (rank = ${rank} and (${beyond} or (sort_value = ${value} and ${older}))))`
}

/** Adds params, tags and latest metrics, in three queries for all. */
async function completeRuns(db: Kysely<Schema>, rows: readonly RunRow[]): Promise<ExperimentRun[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const params = await factsByRun(db, 'run_params', ids)
  const tags = await factsByRun(db, 'run_tags', ids)
  const metrics = await db
    .selectFrom('latest_metrics')
    .selectAll()
    .where('run', 'in', ids)
    .orderBy('key')
    .execute()
  const metricsByRun = groupByRun(metrics, row => toPoint(row).value)
  return rows.map(row => ({
    id: row.id,
    experiment: row.experiment,
    name: row.name,
    state: row.state as ExperimentRunState,
    startedAt: micros(row.started_at),
    finishedAt: microsOrNull(row.finished_at),
    params: params.get(row.id) ?? {},
    metrics: metricsByRun.get(row.id) ?? {},
    tags: tags.get(row.id) ?? {},
    pipelineRun: row.pipeline_run,
    trainingSet: row.training_set,
  }))
}

async function factsByRun(db: Kysely<Schema>, table: 'run_params' | 'run_tags', runs: readonly string[]) {
  const rows = await db.selectFrom(table).selectAll().where('run', 'in', runs).orderBy('key').execute()
  return groupByRun(rows, row => row.value)
}

function groupByRun<Row extends { readonly run: string; readonly key: string }, Value>(
  rows: readonly Row[],
  value: (row: Row) => Value,
): ReadonlyMap<string, Record<string, Value>> {
  const groups = new Map<string, [string, Value][]>()
  for (const row of rows) {
    const group = groups.get(row.run) ?? []
    group.push([row.key, value(row)])
    groups.set(row.run, group)
  }
  // Object.fromEntries defines members: a key such as __proto__ is only a key.
  return new Map([...groups].map(([run, entries]) => [run, Object.fromEntries(entries)]))
}
