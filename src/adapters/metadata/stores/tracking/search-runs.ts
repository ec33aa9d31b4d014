import { type Kysely, sql } from 'kysely'
import {
  clausesOf,
  type Field,
  type FoundRun,
  type OrderTerm,
  type RunsQuery,
} from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import { conditionSql, type Expression } from './search-condition.ts'
import { decideBatch, isDecided, relaxed } from './search-decided.ts'
import { findDriver } from './search-driver.ts'
import { attributeSql, findKeys, kindOf, runSource, seriesColumns } from './search-fields.ts'
import { runsByIndex } from './search-index-order.ts'
import {
  absentColumn,
  comparePlaces,
  isAttribute,
  nullableColumn,
  type OrderColumn,
  orderedRows,
  placeOf,
  plainColumn,
} from './search-order.ts'
import { runsByOldest, runsByStart } from './search-start-order.ts'
import type { RunStream, StreamSearch } from './search-stream.ts'

const batchSize = 512

/** See TrackingSearchStore.runs. Cost goes by what is answered and what the filter passes over, never by the depth. */
export async function searchRuns(db: Kysely<Schema>, query: RunsQuery): Promise<readonly FoundRun[]> {
  const search = await openSearch(db, query)
  const { condition, limit } = query
  if (condition === undefined || !clausesOf(condition).some(isDecided)) return search.page(query.after, limit)
  const found: FoundRun[] = []
  for (let after = query.after; ; ) {
    const batch = await search.page(after, batchSize)
    found.push(...(await decideBatch({ db, condition, batch, sources: search.sources })))
    after = batch.at(-1)?.place
    if (found.length >= limit || batch.length < batchSize) return found.slice(0, limit)
    // Other requests have their turn between two batches.
    await new Promise(resolve => setImmediate(resolve))
  }
}

async function openSearch(db: Kysely<Schema>, query: RunsQuery) {
  const fields = [
    ...query.order.map(({ field }) => field),
    ...(query.condition === undefined ? [] : clausesOf(query.condition).map(({ field }) => field)),
  ]
  const keys = await findKeys(db, fields)
  const sources = {
    kind: kindOf(db),
    source: (field: (typeof fields)[number]) => runSource(field, { keys, now: query.now }),
  }
  const condition = query.condition && relaxed(query.condition, true)
  const where = condition === undefined ? sql<boolean>`1 = 1` : conditionSql(condition, sources)
  const streams = query.experiments.flatMap(experiment =>
    query.deleted.map((deleted): RunStream => ({ experiment, deleted: deleted ? 1 : 0 })),
  )
  const drivers = new Map<RunStream, Expression | undefined>()
  for (const stream of streams)
    drivers.set(stream, await findDriver(db, { stream, condition, keys }, query.limit))

  async function ofStream(stream: RunStream, after: RunsQuery['after'], limit: number) {
    const request: StreamSearch = { db, stream, where, order: query.order, keys, after, limit }
    const driver = drivers.get(stream)
    if (driver !== undefined) return runsByColumns(request, driver)
    const field = query.order[0]?.field
    if (hasDefaultTies(query.order, 0)) return runsByStart(request)
    if (endsByStart(query.order, { at: 0, descending: false })) return runsByOldest(request)
    if (field !== undefined && isIndexed(field) && hasDefaultTies(query.order, 1))
      return runsByIndex(request, field)
    return runsByColumns(request, undefined)
  }

  return {
    sources,
    async page(after: RunsQuery['after'], limit: number): Promise<readonly FoundRun[]> {
      const pages: (readonly FoundRun[])[] = []
      for (const stream of streams) pages.push(await ofStream(stream, after, limit))
      const [only] = pages
      if (pages.length === 1 && only !== undefined) return only
      return pages
        .flat()
        .sort((one, other) => comparePlaces(query.order, one.place, other.place))
        .slice(0, limit)
    },
  }
}

function isIndexed(field: Field): field is Extract<Field, { readonly kind: 'metric' | 'param' | 'tag' }> {
  return field.kind === 'metric' ? field.of === 'latest' : field.kind === 'param' || field.kind === 'tag'
}

const hasDefaultTies = (order: readonly OrderTerm[], at: number): boolean =>
  endsByStart(order, { at, descending: true })

/** Whether from `at` on the order is: start, run id. */
function endsByStart(
  order: readonly OrderTerm[],
  { at, descending }: { readonly at: number; readonly descending: boolean },
): boolean {
  const [start, id] = [order[at], order[at + 1]]
  return (
    order.length === at + 2 &&
    isAttribute(start?.field, 'start_time') &&
    start?.descending === descending &&
    isAttribute(id?.field, 'run_id') &&
    id?.descending === false
  )
}

/** Any order, by sorting what passes; with a driver that is little. */
async function runsByColumns(
  { db, stream, where, order, keys, after, limit }: StreamSearch,
  driver: Expression | undefined,
): Promise<readonly FoundRun[]> {
  // The unary plus keeps SQLite from the index of all runs where there is a shorter way.
  const ofStream =
    driver === undefined
      ? sql<boolean>`r.experiment = ${stream.experiment} and r.deleted = ${stream.deleted}`
      : sql<boolean>`r.id in (${driver}) and +r.experiment = ${stream.experiment} and +r.deleted = ${stream.deleted}`
  const { rows } = await orderedRows({
    select: sql`r.id as ref, r.run_id as run_id`,
    from: sql`tracking_runs as r`,
    where: sql<boolean>`${ofStream} and ${where}`,
    columns: order.map((term, at) => runColumn(term, at, keys)),
    after,
    limit,
  }).execute(db)
  return rows.map(row => ({
    ref: Number(row.ref),
    id: String(row.run_id),
    place: placeOf(row, order.length),
  }))
}

const textAttributes = new Set(['run_id', 'run_name', 'user_id', 'status', 'artifact_uri'])

function runColumn(
  { field, descending }: OrderTerm,
  at: number,
  keys: ReadonlyMap<string, number>,
): OrderColumn {
  if (field.kind === 'attribute')
    return textAttributes.has(field.name)
      ? plainColumn(attributeSql(field.name), descending)
      : nullableColumn(attributeSql(field.name), { zero: 0, descending })
  const key = 'key' in field ? keys.get(field.key) : undefined
  if (key === undefined) return absentColumn
  const alias = sql.raw(`o${at}`)
  if (field.kind !== 'metric')
    return {
      ...nullableColumn(sql`${alias}.value`, { zero: '', descending }),
      join: sql`left join ${sql.table(`tracking_${field.kind}s`)} as ${alias} on ${alias}.run = r.id and ${alias}.key = ${key}`,
    }
  const [value, nan] = seriesColumns[field.of].map(column => sql.raw(column.replace(/^s\./, `o${at}.`)))
  return {
    rank: sql`(case when ${value} is null then 2 else ${nan} end)`,
    value: sql`coalesce(${value}, 0)`,
    descending,
    join: sql`left join metric_series as ${alias} on ${alias}.run = r.id and ${alias}.key = ${key}`,
  }
}
