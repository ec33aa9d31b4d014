import { sql } from 'kysely'
import type { FoundRun } from '../../../../experiments/index.ts'
import type { Expression, Truth } from './search-condition.ts'
import { countUpTo } from './search-driver.ts'
import { comparePlaces } from './search-order.ts'
import {
  afterStart,
  newestRuns,
  readStartPlace,
  runsByStart,
  type StartPlace,
  startPlace,
} from './search-start-order.ts'
import type { StreamSearch } from './search-stream.ts'

type Value = number | bigint | string

/** An index of (experiment, key, value) over table `s`. */
interface ValueIndex {
  readonly table: Expression
  /** What the index is ordered by: the value, of a long text its beginning. */
  readonly indexed: Expression
  readonly value: Expression
  /** Which rows have a number; NaN comes after them. Undefined where there is no NaN. */
  readonly nan: Expression | undefined
  /** Stands for the value of runs without one. */
  readonly zero: '' | 0
  /** A value as `indexed` has it. */
  indexedOf(value: Value): Value
  /** Whether equal in the index is equal. */
  isWhole(indexed: Value): boolean
}

const latestIndex: ValueIndex = {
  table: sql.table('metric_series'),
  indexed: sql.raw('s.latest_value'),
  value: sql.raw('s.latest_value'),
  nan: sql.raw('s.latest_nan'),
  zero: 0,
  indexedOf: value => BigInt(value),
  isWhole: () => true,
}

const indexedCharacters = 64

const factIndex = (kind: 'param' | 'tag'): ValueIndex => ({
  table: sql.table(`tracking_${kind}s`),
  indexed: sql.raw(`substr(s.value, 1, ${indexedCharacters})`),
  value: sql.raw('s.value'),
  nan: undefined,
  zero: '',
  indexedOf: value => [...String(value)].slice(0, indexedCharacters).join(''),
  isWhole: indexed => [...String(indexed)].length < indexedCharacters,
})

/** So many equal values are sorted; more are found faster by looking through the newest runs. */
const manyTies = 2_000

interface ValueRow {
  readonly ref: number
  readonly run_id: string
  readonly newest: number | bigint
  readonly value: number | bigint | string
  readonly indexed: number | bigint | string
}

interface IndexSearch extends StreamSearch {
  readonly index: ValueIndex
  readonly key: number
  readonly descending: boolean
}

/**
 * By the latest value of a metric, a param or a tag, then newest first, then run id. Values come from their index, then NaN,
 * then from the index of runs those without a value. The index says nothing of start times: runs of equal value are
 * brought into order group by group.
 */
export async function runsByIndex(
  search: StreamSearch,
  field: { readonly kind: 'metric' | 'param' | 'tag'; readonly key: string },
): Promise<readonly FoundRun[]> {
  const index = field.kind === 'metric' ? latestIndex : factIndex(field.kind)
  const key = search.keys.get(field.key)
  const beyond = search.after && readStartPlace(search.after)
  if (key === undefined) return withoutValue(search, { key, index, beyond })
  const request: IndexSearch = { ...search, index, key, descending: search.order[0]?.descending === true }
  const [rank = 0, value = 0] = search.after ?? []
  const found: FoundRun[] = []
  const rest = () => search.limit - found.length
  if (rank === 0) {
    const cut = beyond && { indexed: index.indexedOf(value), after: { value, start: beyond } }
    if (cut) found.push(...(await tiedRuns(request, { nan: 0, ...cut, limit: rest() })))
    if (rest() > 0) found.push(...(await valuedRuns(request, cut?.indexed, rest())))
  }
  if (index.nan !== undefined && Number(rank) <= 1 && rest() > 0) {
    const after = rank === 1 && beyond ? { value: 0, start: beyond } : undefined
    found.push(...(await tiedRuns(request, { nan: 1, indexed: 0n, after, limit: rest() })))
  }
  if (rest() > 0) {
    const after = rank === 2 ? beyond : undefined
    found.push(...(await withoutValue({ ...search, limit: rest() }, { key, index, beyond: after })))
  }
  return found
}

/** The rows of the key in an experiment. */
function rowsOf({ index, key, stream }: IndexSearch, nan: 0 | 1): Expression {
  const isNan = index.nan === undefined ? sql`` : sql`and ${index.nan} = ${nan}`
  return sql`s.experiment = ${stream.experiment} and s.key = ${key} ${isNan}`
}

/** Values beyond one. The last group may be cut by the limit anywhere: it is fetched again in its order. */
async function valuedRuns(
  search: IndexSearch,
  after: Value | undefined,
  limit: number,
): Promise<readonly FoundRun[]> {
  const { index, stream, where, descending, order } = search
  const further = sql.raw(descending ? '<' : '>')
  const beyond = after === undefined ? sql`` : sql`and ${index.indexed} ${further} ${after}`
  const { rows } = await sql<ValueRow>`select r.id as ref, r.run_id as run_id, r.newest as newest,
      ${index.value} as value, ${index.indexed} as indexed
    from ${index.table} as s cross join tracking_runs as r
    where ${rowsOf(search, 0)} ${beyond} and r.id = s.run and r.deleted = ${stream.deleted} and ${where}
    order by ${index.indexed} ${sql.raw(descending ? 'desc' : 'asc')} limit ${limit + 1}`.execute(search.db)
  const cut = rows.length > limit ? rows.at(-1)?.indexed : undefined
  const whole = rows.filter(({ indexed }) => indexed !== cut).map(row => found(row, 0, row.value))
  const sorted = whole.sort((one, other) => comparePlaces(order, one.place, other.place))
  if (cut === undefined || sorted.length >= limit) return sorted
  const rest = limit - sorted.length
  const tied = await tiedRuns(search, {
    nan: 0,
    indexed: index.indexedOf(cut),
    after: undefined,
    limit: rest,
  })
  return [...sorted, ...tied]
}

interface Ties {
  readonly nan: 0 | 1
  /** Equal in the index. */
  readonly indexed: Value
  readonly after: { readonly value: Value; readonly start: StartPlace } | undefined
  readonly limit: number
}

async function tiedRuns(search: IndexSearch, ties: Ties): Promise<readonly FoundRun[]> {
  const { db, stream, key, where, index, descending } = search
  const { indexed, after, nan } = ties
  const equal = sql`${rowsOf(search, nan)} and ${index.indexed} = ${indexed}`
  if (index.isWhole(indexed)) {
    const group = sql`select 1 from ${index.table} as s where ${equal}`
    if ((await countUpTo(db, group, manyTies + 1)) > manyTies) {
      const among: Truth = sql<boolean>`exists (select 1 from ${index.table} as s where s.run = r.id and s.key = ${key}
        and ${index.value} = ${indexed} ${index.nan === undefined ? sql`` : sql`and ${index.nan} = ${nan}`}) and ${where}`
      const rows = await newestRuns({ db, stream, where: among }, { beyond: after?.start, limit: ties.limit })
      return rows.map(row => found(row, nan, indexed))
    }
  }
  const { rows } =
    await sql<ValueRow>`select r.id as ref, r.run_id as run_id, r.newest as newest, ${index.value} as value
    from ${index.table} as s cross join tracking_runs as r
    where ${equal} and r.id = s.run and r.deleted = ${stream.deleted} and ${afterTie(search, after)} and ${where}
    order by ${index.value} ${sql.raw(descending ? 'desc' : 'asc')}, r.newest, r.run_id
    limit ${ties.limit}`.execute(db)
  return rows.map(row => found(row, nan, row.value))
}

/** Texts with the same beginning are in the order of their values. */
function afterTie({ index, descending }: IndexSearch, after: Ties['after']): Truth {
  if (after === undefined) return sql<boolean>`1 = 1`
  if (typeof after.value !== 'string') return afterStart(after.start)
  const further = sql.raw(descending ? '<' : '>')
  return sql<boolean>`(${index.value} ${further} ${after.value}
    or (${index.value} = ${after.value} and ${afterStart(after.start)}))`
}

function found(row: Omit<ValueRow, 'value' | 'indexed'>, rank: number, value: Value): FoundRun {
  return { ref: row.ref, id: row.run_id, place: [rank, value, ...startPlace(row)] }
}

interface Without {
  readonly key: number | undefined
  readonly index: ValueIndex
  readonly beyond: StartPlace | undefined
}

async function withoutValue(
  search: StreamSearch,
  { key, index, beyond }: Without,
): Promise<readonly FoundRun[]> {
  const lacks =
    key === undefined
      ? search.where
      : sql<boolean>`not exists (select 1 from ${index.table} as s where s.run = r.id and s.key = ${key}) and ${search.where}`
  const after = beyond && startPlace({ ref: 0, run_id: beyond.runId, newest: beyond.newest })
  const runs = await runsByStart({ ...search, where: lacks, after })
  return runs.map(run => ({ ...run, place: [2, index.zero, ...run.place] }))
}
