import { type Kysely, sql } from 'kysely'
import type { Clause, Condition } from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import { type Expression, metricTestSql } from './search-condition.ts'
import type { RunStream } from './search-stream.ts'

const mostDrivers = 8

/** So few runs are fetched and sorted; with more of them, walking along the order finds a page sooner. */
const fewRuns = 4_000

export interface DriverRequest {
  readonly stream: RunStream
  readonly condition: Condition | undefined
  readonly keys: ReadonlyMap<string, number>
}

/** Of so many runs it is still worth asking whether several clauses together leave few. */
const someRuns = 20_000

/** Microseconds, measured: to go over an entry of an index, to look at a run, and to look at it on the way of an order. */
const cost = { entry: 0.3, run: 4, step: 5 } as const

interface Driver {
  readonly refs: Expression
  readonly count: number
}

/**
 * The refs of a superset of what passes, where clauses that must hold name few runs by their indexes; undefined when they
 * do not, or when walking along the order finds a page sooner. Nothing is counted far beyond what is few.
 */
export async function findDriver(
  db: Kysely<Schema>,
  { stream, condition, keys }: DriverRequest,
  limit: number,
): Promise<Expression | undefined> {
  const indexed = requiredClauses(condition).flatMap(clause => refsOf(clause, stream, keys) ?? [])
  const few = await withinBound(db, indexed, fewRuns)
  if (few.length > 0) return together(few)
  const some = await withinBound(db, indexed, someRuns)
  if (some.length === 0) return undefined
  const { rows } = await sql<{ runs: number | null }>`select max(id) as runs from tracking_runs`.execute(db)
  const runs = Math.max(1, rows[0]?.runs ?? 1)
  const share = some.reduce((product, { count }) => product * Math.min(1, count / runs), 1)
  const entries = some.reduce((sum, { count }) => sum + count, 0)
  const driven = cost.entry * entries + cost.run * share * runs
  return driven < (cost.step * limit) / share ? together(some) : undefined
}

async function withinBound(
  db: Kysely<Schema>,
  indexed: readonly Expression[],
  bound: number,
): Promise<readonly Driver[]> {
  const found: Driver[] = []
  for (const refs of indexed) {
    const count = await countUpTo(db, refs, bound + 1)
    if (count <= bound) found.push({ refs, count })
  }
  return found
}

function together(drivers: readonly Driver[]): Expression {
  const refs = drivers.slice(0, mostDrivers).map(driver => driver.refs)
  return sql`${sql.join(refs, sql` intersect `)}`
}

/** The refs of the clause that fewest runs can pass, of those with an index and fewer than a bound. */
export async function narrowest(
  db: Kysely<Schema>,
  { stream, condition, keys }: DriverRequest,
  bound: number,
): Promise<Expression | undefined> {
  let least = Math.floor(bound)
  let found: Expression | undefined
  for (const clause of requiredClauses(condition)) {
    const refs = clause.field.kind === 'attribute' ? undefined : refsOf(clause, stream, keys)
    const count = refs === undefined || least < 1 ? least : await countUpTo(db, refs, least)
    if (refs !== undefined && count < least) [least, found] = [count, refs]
  }
  return found
}

/** The rows of a query, or the bound where there are more. */
export async function countUpTo(db: Kysely<Schema>, query: Expression, bound: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from
    (select 1 from (${query}) as q limit ${bound}) as c`.execute(db)
  return rows[0]?.n ?? 0
}

function requiredClauses(condition: Condition | undefined): readonly Clause[] {
  if (condition?.kind === 'clause') return condition.whenAbsent ? [] : [condition]
  return condition?.kind === 'and' ? condition.parts.flatMap(requiredClauses) : []
}

/** A query of the runs that pass a clause, deleted or not: in the experiment, run ids anywhere. Undefined without an index. */
export function refsOf(
  { field, test }: Clause,
  { experiment }: RunStream,
  keys: ReadonlyMap<string, number>,
): Expression | undefined {
  if (field.kind === 'attribute' && field.name === 'run_id') return refsByIds(test)
  const key = 'key' in field ? keys.get(field.key) : undefined
  if (key === undefined || test.kind !== 'compare' || test.op === '!=') return undefined
  if (field.kind === 'metric' && field.of === 'latest' && typeof test.value === 'number')
    return sql`select s.run from metric_series as s where s.experiment = ${experiment} and s.key = ${key}
      and s.latest_nan = 0 and ${metricTestSql(sql.raw('s.latest_value'), test.op, test.value)}`
  if ((field.kind === 'param' || field.kind === 'tag') && typeof test.value === 'string')
    return refsByValue({ kind: field.kind, experiment, key, value: test.value })
  return undefined
}

const indexedCharacters = 64

/** As the index has it: the first 64 characters, written as there. They are the whole of a shorter value. */
function refsByValue(wanted: {
  readonly kind: 'param' | 'tag'
  readonly experiment: number
  readonly key: number
  readonly value: string
}): Expression {
  const start = [...wanted.value].slice(0, indexedCharacters)
  const whole = start.length < indexedCharacters ? sql`` : sql`and f.value = ${wanted.value}`
  return sql`select f.run from ${sql.table(`tracking_${wanted.kind}s`)} as f
    where f.experiment = ${wanted.experiment} and f.key = ${wanted.key}
      and substr(f.value, 1, 64) = ${start.join('')} ${whole}`
}

function refsByIds(test: Clause['test']): Expression | undefined {
  const ids =
    test.kind === 'in' && !test.negated
      ? test.values
      : test.kind === 'compare' && test.op === '=' && typeof test.value === 'string'
        ? [test.value]
        : []
  return ids.length === 0 ? undefined : sql`select id from tracking_runs where run_id in (${sql.join(ids)})`
}
