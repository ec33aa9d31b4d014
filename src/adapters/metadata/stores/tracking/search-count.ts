import { type Kysely, sql } from 'kysely'
import {
  type Clause,
  clausesOf,
  type Field,
  type TrackingSearchStore,
} from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import { conditionSql } from './search-condition.ts'
import { isDecided } from './search-decided.ts'
import { countUpTo, type DriverRequest, narrowest, refsOf } from './search-driver.ts'
import { findKeys, kindOf, runSource } from './search-fields.ts'
import { searchRuns } from './search-runs.ts'

type CountQuery = Parameters<TrackingSearchStore['countRuns']>[0]

/** See TrackingSearchStore.countRuns. Without a filter the index of runs is counted; with one, rows up to the bound, newest first. */
export async function countRuns(db: Kysely<Schema>, query: CountQuery) {
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
    if (share > 0) passed += await countPassing(db, query, { stream, share, total })
  }
  if (condition === undefined) return { count: all, exact: true }
  if (looked === all) return { count: passed, exact: true }
  return { count: Math.round((passed / Math.max(1, looked)) * all), exact: false }
}

interface Share {
  readonly stream: { readonly experiment: number; readonly deleted: number }
  /** So many of the newest are looked at. */
  readonly share: number
  readonly total: number
}

async function countPassing(
  db: Kysely<Schema>,
  query: CountQuery,
  { stream, share, total }: Share,
): Promise<number> {
  const { condition } = query
  if (condition === undefined || clausesOf(condition).some(isDecided))
    return countDecided(db, query, { stream, share, total })
  const keys = await findKeys(
    db,
    clausesOf(condition).map(({ field }) => field),
  )
  if (share === total && condition.kind === 'clause') {
    const counted = await countOfIndex(db, { stream, condition, keys })
    if (counted !== undefined) return counted
  }
  const source = (field: Field) => runSource(field, { keys, now: query.now })
  const holds = conditionSql(condition, { kind: kindOf(db), source })
  const driver = share === total ? await narrowest(db, { stream, condition, keys }, total / 4) : undefined
  const newest = sql`select * from tracking_runs as t where t.experiment = ${stream.experiment}
    and t.deleted = ${stream.deleted} order by t.newest, t.run_id limit ${share}`
  const { rows } =
    driver === undefined
      ? await sql<Count>`select count(*) as n from (${newest}) as r where ${holds}`.execute(db)
      : await sql<Count>`select count(*) as n from (${driver}) as q cross join tracking_runs as r
        where r.id = q.run and r.deleted = ${stream.deleted} and ${holds}`.execute(db)
  return rows[0]?.n ?? 0
}

interface Count {
  readonly n: number
}

/** The rows of an index are the runs of a clause: those of another lifecycle are only looked for where there are any. */
async function countOfIndex(
  db: Kysely<Schema>,
  request: DriverRequest & { readonly condition: Clause },
): Promise<number | undefined> {
  const { condition, stream } = request
  if (condition.whenAbsent || condition.field.kind === 'attribute') return undefined
  const refs = refsOf(condition, stream, request.keys)
  if (refs === undefined) return undefined
  const others = sql`select 1 from tracking_runs as t where t.experiment = ${stream.experiment}
    and t.deleted = ${1 - stream.deleted}`
  const only =
    (await countUpTo(db, others, 1)) === 0
      ? sql``
      : sql`cross join tracking_runs as r where r.id = q.run and r.deleted = ${stream.deleted}`
  const { rows } = await sql<Count>`select count(*) as n from (${refs}) as q ${only}`.execute(db)
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
