import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { TrackingSearchStore } from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import { kindOf } from './search-fields.ts'
import { likeSql } from './search-text.ts'

type NamesQuery = Parameters<TrackingSearchStore['keys']>[0]

const keyTables = { params: 'tracking_params', metrics: 'metric_series', tags: 'tracking_tags' } as const

/** See TrackingSearchStore.keys. */
export async function findNames(db: Kysely<Schema>, query: NamesQuery): Promise<readonly string[]> {
  if (query.experiments.length === 0) return []
  const table = sql.table(keyTables[query.kind])
  const used = query.experiments.map(
    experiment =>
      sql`exists (select 1 from ${table} as f where f.experiment = ${experiment} and f.key = k.id)`,
  )
  const like = containsText(db, query.contains)
  const { rows } = await sql<{ name: string }>`select k.name as name from tracking_keys as k
    where ${like} and (${sql.join(used, sql` or `)}) order by k.name`.execute(db)
  return containing(rows, query.contains).slice(0, query.limit)
}

type MetricNames = Parameters<TrackingSearchStore['metricNames']>[0]

/** See TrackingSearchStore.metricNames. */
export async function metricNames(
  db: Kysely<Schema>,
  query: MetricNames,
): ReturnType<TrackingSearchStore['metricNames']> {
  const { ref, contains, after, limit } = query
  if (contains === '') return pageOfNames(db, query)
  const { rows } = await sql<{ name: string }>`select k.name as name from metric_series as s
    join tracking_keys as k on k.id = s.key where s.run = ${ref} and ${containsText(db, contains)}
    order by k.name`.execute(db)
  const all = containing(rows, contains)
  const from = after === undefined ? 0 : all.indexOf(after) + 1
  return { names: all.slice(from, from + limit), total: all.length }
}

async function pageOfNames(
  db: Kysely<Schema>,
  { ref, after, limit }: MetricNames,
): ReturnType<TrackingSearchStore['metricNames']> {
  const counted = await sql<{ n: number }>`select count(*) as n from metric_series as s
    where s.run = ${ref}`.execute(db)
  const total = Number(counted.rows[0]?.n ?? 0)
  if (limit === 0) return { names: [], total }
  const beyond = after === undefined ? sql`` : sql`and k.name > ${after}`
  const { rows } = await sql<{ name: string }>`select k.name as name from metric_series as s
    join tracking_keys as k on k.id = s.key where s.run = ${ref} ${beyond}
    order by k.name limit ${limit}`.execute(db)
  return { names: rows.map(({ name }) => name), total }
}

/** A wildcard in what is looked for finds more than it should, never less: {@link containing} tells the rest apart. */
function containsText(db: Kysely<Schema>, text: string): RawBuilder<boolean> {
  if (text === '') return sql<boolean>`1 = 1`
  return likeSql(kindOf(db), sql.raw('k.name'), { pattern: `%${text}%`, ignoreCase: true })
}

function containing(rows: readonly { readonly name: string }[], text: string): readonly string[] {
  const wanted = text.toLowerCase()
  return rows.map(({ name }) => name).filter(name => name.toLowerCase().includes(wanted))
}
