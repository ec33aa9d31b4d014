import { type Kysely, sql } from 'kysely'
import { clausesOf, type TrackingSearchStore } from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import { runCells } from './search-cells.ts'
import { conditionSql } from './search-condition.ts'
import { isDecided } from './search-decided.ts'
import { findKeys, kindOf, runSource } from './search-fields.ts'
import { findNames, metricNames } from './search-names.ts'
import { searchRuns } from './search-runs.ts'
import { searchExperiments, searchLoggedModels } from './search-tables.ts'

const cursorSecret = 'cursors'

export function trackingSearchStore(db: Kysely<Schema>): TrackingSearchStore {
  return {
    runs: query => searchRuns(db, query),
    countRuns: query => countRuns(db, query),
    cells: (refs, fields) => runCells(db, refs, fields),
    keys: query => findNames(db, query),
    metricNames: query => metricNames(db, query),
    experiments: query => searchExperiments(db, query),
    loggedModels: query => searchLoggedModels(db, query),
    async secret() {
      const row = await db
        .selectFrom('tracking_secrets')
        .select('value')
        .where('name', '=', cursorSecret)
        .executeTakeFirst()
      return row?.value
    },
    async keepSecret(value) {
      await db
        .insertInto('tracking_secrets')
        .values({ name: cursorSecret, value })
        .onConflict(conflict => conflict.column('name').doNothing())
        .execute()
    },
  }
}

type CountQuery = Parameters<TrackingSearchStore['countRuns']>[0]

/** Without a filter the index of runs is counted; with one, rows up to the bound, newest first. */
async function countRuns(db: Kysely<Schema>, query: CountQuery) {
  const { condition, bound } = query
  const streams = query.experiments.flatMap(experiment =>
    query.deleted.map(deleted => ({ experiment, deleted: deleted ? 1 : 0 })),
  )
  let [all, looked, passed] = [0, 0, 0]
  for (const stream of streams) {
    const inStream = sql`r.experiment = ${stream.experiment} and r.deleted = ${stream.deleted}`
    const { rows } = await sql<{
      n: number
    }>`select count(*) as n from tracking_runs as r where ${inStream}`.execute(db)
    const total = rows[0]?.n ?? 0
    all += total
    if (condition === undefined || total === 0) continue
    const share = Math.min(total, Math.max(0, bound - looked))
    looked += share
    if (share > 0) passed += await countPassing(db, query, { stream, share })
  }
  if (condition === undefined) return { count: all, exact: true }
  if (looked === all) return { count: passed, exact: true }
  return { count: Math.round((passed / Math.max(1, looked)) * all), exact: false }
}

interface Share {
  readonly stream: { readonly experiment: number; readonly deleted: number }
  readonly share: number
}

async function countPassing(
  db: Kysely<Schema>,
  query: CountQuery,
  { stream, share }: Share,
): Promise<number> {
  const clauses = query.condition === undefined ? [] : clausesOf(query.condition)
  const newest = sql`select * from tracking_runs as t where t.experiment = ${stream.experiment}
    and t.deleted = ${stream.deleted} order by t.newest, t.run_id limit ${share}`
  if (query.condition === undefined || clauses.some(isDecided))
    return countDecided(db, query, { stream, share })
  const keys = await findKeys(
    db,
    clauses.map(({ field }) => field),
  )
  const source = (field: (typeof clauses)[number]['field']) => runSource(field, { keys, now: query.now })
  const holds = conditionSql(query.condition, { kind: kindOf(db), source })
  const { rows } = await sql<{
    n: number
  }>`select count(*) as n from (${newest}) as r where ${holds}`.execute(db)
  return rows[0]?.n ?? 0
}

/** What the program decides has to be read; of many runs as many as the share allows. */
async function countDecided(
  db: Kysely<Schema>,
  query: CountQuery,
  { stream, share }: Share,
): Promise<number> {
  const found = await searchRuns(db, {
    ...query,
    experiments: [stream.experiment],
    deleted: [stream.deleted === 1],
    order: newestFirst,
    after: undefined,
    limit: share,
  })
  return found.length
}

const newestFirst = [
  { field: { kind: 'attribute', name: 'start_time', type: 'millis' }, descending: true },
  { field: { kind: 'attribute', name: 'run_id', type: 'text' }, descending: false },
] as const
