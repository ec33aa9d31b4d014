import type { FeatureViewData, SourceData } from '../../definitions/model.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { SqlDialect } from './dialect.ts'
import { isLookup, type ResolvedLookup } from './lookups.ts'
import { totalOrder } from './order.ts'
import { sourceRelation } from './ports.ts'
import { all, id } from './sql-text.ts'

/** Where a spine stands: a relation with `__n` (0, 1, …), `__t` (µs) and the spine's columns. */
export interface SpineRelation {
  readonly relation: string
  readonly rows: number
}

export interface JoinTimes {
  /** Rows known later do not exist, whatever a view says; null for no such limit. */
  readonly horizon: bigint | null
}

/**
 * The as-of join of one lookup (features.md §3) as one SELECT, for engines without an ASOF join: `__n`, and for feature i
 * its value `f<i>` and status letter `s<i>`. Because e ≤ T ∧ known ≤ T means max(e, known) ≤ T, the winner is the running
 * maximum, in the total order, over rows and queries of a key sorted by that time; a row is in time for a query at once.
 */
export function asOfSql(
  resolved: ResolvedLookup,
  spine: SpineRelation,
  { times, dialect }: { readonly times: JoinTimes; readonly dialect: SqlDialect },
): string {
  const { lookup, view, source } = resolved
  const partition =
    view.keys.length === 0 ? '' : `PARTITION BY ${view.keys.map((_, index) => `__key${index}`).join(', ')} `
  const mine = lookup.keys.map((key, index) => `${id(key)} AS __key${index}`)
  const queries = `SELECT ${[...mine, '__t AS __v', '1 AS __side', '__n', '__t', 'NULL AS __row', 'NULL AS __rank'].join(', ')} FROM ${id(spine.relation)}`
  const winner = `max_by(__row, __rank) OVER (${partition}ORDER BY __v, __side ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`
  const found = `SELECT __n, __t, __side, ${winner} AS w FROM (${queries} UNION ALL ${visibleRows(resolved, { times, dialect })})`
  const columns = resolved.features.flatMap(({ feature }, index) => {
    const column = isLookup(feature) ? `w.${id(feature.column)}` : 'NULL'
    const status = statusSql(column, view, source)
    return [`CASE WHEN ${status} = 'P' THEN ${column} END AS f${index}`, `${status} AS s${index}`]
  })
  return `SELECT __n, ${columns.join(', ')} FROM (${found}) WHERE __side = 1`
}

/** Rows with their keys, the time `__v` from which they are visible, what is read of them, and their place in the total order. */
function visibleRows(
  { view, source, features }: ResolvedLookup,
  { times, dialect }: { readonly times: JoinTimes; readonly dialect: SqlDialect },
): string {
  const event = view.at === 'before' ? '__e + 1' : '__e'
  const visible = view.knownTime === 'latest' ? event : `greatest(${event}, __k)`
  const read = new Set(features.flatMap(({ feature }) => (isLookup(feature) ? [id(feature.column)] : [])))
  if (source.deleted !== undefined) read.add(id(source.deleted))
  const rank = totalOrder(source, dialect).map(term => term.replace(/ NULLS FIRST$/, ''))
  const keys = view.keys.map((key, index) => `${id(key)} AS __key${index}`)
  const row = `struct(${['__e', ...read].join(', ')}) AS __row`
  return `SELECT ${[...keys, `${visible} AS __v`, '0 AS __side', 'NULL AS __n', 'NULL AS __t', row, `struct(${rank.join(', ')}) AS __rank`].join(', ')} FROM ${id(sourceRelation(source.name))} WHERE ${candidates(view, times)}`
}

/** Rows of a view's source that can ever be seen by it. */
export function candidates(view: FeatureViewData, times: JoinTimes): string {
  const conditions = [...view.keys.map(key => `${id(key)} IS NOT NULL`), '__e IS NOT NULL']
  if (view.knownTime !== 'latest') conditions.push('__k IS NOT NULL')
  if (times.horizon !== null) conditions.push(`coalesce(__k <= ${times.horizon}, true)`)
  return all(conditions)
}

function statusSql(column: string, view: FeatureViewData, source: SourceData): string {
  const lookback = view.lookback ?? view.maxAge
  const missing =
    source.deleted === undefined ? 'w IS NULL' : `w IS NULL OR coalesce(w.${id(source.deleted)}, false)`
  const old = lookback === undefined ? '' : ` WHEN w.__e < __t - ${parseDuration(lookback)} THEN 'A'`
  return `CASE WHEN ${missing} THEN 'F'${old} WHEN ${column} IS NULL THEN 'N' ELSE 'P' END`
}

/** Rows of a view's source that are skipped: two counts, null keys before null event times. */
export function skippedSql(view: FeatureViewData, source: SourceData): string {
  const nullKey = view.keys.length === 0 ? 'false' : view.keys.map(key => `${id(key)} IS NULL`).join(' OR ')
  return `SELECT count(*) FILTER (WHERE ${nullKey}), count(*) FILTER (WHERE NOT (${nullKey}) AND __e IS NULL) FROM ${id(sourceRelation(source.name))}`
}
