import { sql } from 'kysely'
import type { FoundRun } from '../../../../experiments/index.ts'
import type { Truth } from './search-condition.ts'
import { countUpTo } from './search-driver.ts'
import {
  afterStart,
  newestRuns,
  readStartPlace,
  runsByStart,
  type StartPlace,
  startPlace,
} from './search-start-order.ts'
import type { StreamSearch } from './search-stream.ts'

/** So many equal values are sorted; more are found faster by looking through the newest runs. */
const manyTies = 2_000

interface MetricRow {
  readonly ref: number
  readonly run_id: string
  readonly newest: number | bigint
  readonly value: number | bigint
}

interface MetricSearch extends StreamSearch {
  readonly key: number
  readonly descending: boolean
}

/**
 * By a metric, then newest first, then run id. Numbers come from the index of latest values, then NaN, then from the index
 * of runs those without the metric. The index says nothing of start times: runs of equal value are brought into order
 * group by group.
 */
export async function runsByMetric(search: StreamSearch, name: string): Promise<readonly FoundRun[]> {
  const key = search.keys.get(name)
  if (key === undefined)
    return withoutMetric(search, { key, beyond: search.after && readStartPlace(search.after) })
  const metric: MetricSearch = { ...search, key, descending: search.order[0]?.descending === true }
  const [rank = 0, value = 0] = search.after ?? []
  const beyond = search.after && readStartPlace(search.after)
  const found: FoundRun[] = []
  const rest = () => search.limit - found.length
  if (rank === 0) {
    const cut = beyond && { value: BigInt(value), beyond }
    if (cut) found.push(...(await tiedRuns(metric, { nan: 0, ...cut, limit: rest() })))
    if (rest() > 0) found.push(...(await numberedRuns(metric, cut?.value, rest())))
  }
  if (Number(rank) <= 1 && rest() > 0)
    found.push(
      ...(await tiedRuns(metric, {
        nan: 1,
        value: 0n,
        beyond: rank === 1 ? beyond : undefined,
        limit: rest(),
      })),
    )
  if (rest() > 0)
    found.push(
      ...(await withoutMetric(
        { ...search, limit: rest() },
        { key, beyond: rank === 2 ? beyond : undefined },
      )),
    )
  return found
}

/** Numbers beyond a value. The last group may be cut by the limit anywhere: it is fetched again in its order. */
async function numberedRuns(
  search: MetricSearch,
  after: bigint | undefined,
  limit: number,
): Promise<readonly FoundRun[]> {
  const { stream, key, where, descending } = search
  const beyond =
    after === undefined
      ? sql<boolean>`1 = 1`
      : sql<boolean>`s.latest_value ${sql.raw(descending ? '<' : '>')} ${after}`
  const { rows } = await sql<MetricRow>`select r.id as ref, r.run_id as run_id, r.newest as newest,
      s.latest_value as value
    from metric_series as s cross join tracking_runs as r
    where s.experiment = ${stream.experiment} and s.key = ${key} and s.latest_nan = 0 and ${beyond}
      and r.id = s.run and r.deleted = ${stream.deleted} and ${where}
    order by s.latest_value ${sql.raw(descending ? 'desc' : 'asc')} limit ${limit + 1}`.execute(search.db)
  const cut = rows.length > limit ? rows.at(-1)?.value : undefined
  const whole = rows.filter(({ value }) => value !== cut).map(row => found(row, 0, row.value))
  const sorted = inGroups(whole)
  if (cut === undefined || sorted.length >= limit) return sorted
  const tied = await tiedRuns(search, {
    nan: 0,
    value: BigInt(cut),
    beyond: undefined,
    limit: limit - sorted.length,
  })
  return [...sorted, ...tied]
}

/** Rows come by value: those of the same value are put newest first. */
function inGroups(rows: readonly FoundRun[]): readonly FoundRun[] {
  const groups: FoundRun[][] = []
  for (const row of rows) {
    const group = groups.at(-1)
    if (group?.[0]?.place[1] === row.place[1]) group?.push(row)
    else groups.push([row])
  }
  return groups.flatMap(group => (group.length === 1 ? group : group.sort(byStart)))
}

function byStart(one: FoundRun, other: FoundRun): number {
  const [left, right] = [readStartPlace(one.place), readStartPlace(other.place)]
  if (left.newest !== right.newest) return left.newest < right.newest ? -1 : 1
  return left.runId < right.runId ? -1 : left.runId > right.runId ? 1 : 0
}

interface Ties {
  readonly nan: 0 | 1
  readonly value: bigint
  readonly beyond: StartPlace | undefined
  readonly limit: number
}

async function tiedRuns(search: MetricSearch, ties: Ties): Promise<readonly FoundRun[]> {
  const { db, stream, key, where } = search
  const equal = sql`s.key = ${key} and s.latest_nan = ${ties.nan} and s.latest_value = ${ties.value}`
  const inGroup = sql`select 1 from metric_series as s where s.experiment = ${stream.experiment} and ${equal}`
  if ((await countUpTo(db, inGroup, manyTies + 1)) > manyTies) {
    const among: Truth = sql<boolean>`exists (select 1 from metric_series as s where s.run = r.id and ${equal}) and ${where}`
    const rows = await newestRuns({ db, stream, where: among }, ties)
    return rows.map(row => found(row, ties.nan, ties.value))
  }
  const after = ties.beyond === undefined ? sql<boolean>`1 = 1` : afterStart(ties.beyond)
  const { rows } = await sql<MetricRow>`select r.id as ref, r.run_id as run_id, r.newest as newest
    from metric_series as s cross join tracking_runs as r
    where s.experiment = ${stream.experiment} and ${equal} and r.id = s.run and r.deleted = ${stream.deleted}
      and ${after} and ${where}
    order by r.newest, r.run_id limit ${ties.limit}`.execute(db)
  return rows.map(row => found(row, ties.nan, ties.value))
}

function found(row: Omit<MetricRow, 'value'>, rank: number, value: number | bigint): FoundRun {
  return { ref: row.ref, id: row.run_id, place: [rank, value, ...startPlace(row)] }
}

async function withoutMetric(
  search: StreamSearch,
  { key, beyond }: { readonly key: number | undefined; readonly beyond: StartPlace | undefined },
): Promise<readonly FoundRun[]> {
  const lacks =
    key === undefined
      ? search.where
      : sql<boolean>`not exists (select 1 from metric_series as s where s.run = r.id and s.key = ${key}) and ${search.where}`
  const after = beyond && startPlace({ ref: 0, run_id: beyond.runId, newest: beyond.newest })
  const runs = await runsByStart({ ...search, where: lacks, after })
  return runs.map(run => ({ ...run, place: [2, 0, ...run.place] }))
}
