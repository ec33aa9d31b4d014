import type { FeatureViewData, SourceData } from '../../definitions/model.ts'
import { parseDuration } from '../../kernel/time.ts'
import { isLookup, type ResolvedLookup } from './lookups.ts'
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
 * The as-of join of one lookup (features.md §3) as SQL: `__n`, and for feature i its value `f<i>` and status letter
 * `s<i>`. The source must be held in total order, so that a row's rank is its rowid. Because e ≤ T ∧ known ≤ T means
 * max(e, known) ≤ T, the winner is the running maximum of ranks in order of that time: one ASOF join, then look-back.
 */
export function asOfSql(resolved: ResolvedLookup, spine: SpineRelation, times: JoinTimes): string {
  const { lookup, view, source } = resolved
  const on = view.keys.map((_, index) => `s.${id(lookup.keys[index] ?? '')} = m.__key${index}`)
  const winner = `SELECT s.__n, s.__t, m.r FROM ${id(spine.relation)} s ASOF LEFT JOIN (${visibleRanks(view, source, times)}) m ON ${all([...on, 's.__t >= m.v'])}`
  const columns = resolved.features.flatMap(({ feature }, index) => {
    const column = isLookup(feature) ? `c.${id(feature.column)}` : 'NULL'
    const status = statusSql(column, view, source)
    return [`CASE WHEN ${status} = 'P' THEN ${column} END AS f${index}`, `${status} AS s${index}`]
  })
  return `SELECT w.__n, ${columns.join(', ')} FROM (${winner}) w LEFT JOIN ${id(sourceRelation(source.name))} c ON c.rowid = w.r`
}

/** Keys `__key<i>`, the time `v` from which a rank is visible, and `r`, the greatest rank visible from then. */
function visibleRanks(view: FeatureViewData, source: SourceData, times: JoinTimes): string {
  const event = view.at === 'before' ? '__e + 1' : '__e'
  const latest = view.knownTime === 'latest'
  const visible = latest ? event : `greatest(${event}, __k)`
  const keys = view.keys.map((key, index) => `${id(key)} AS __key${index}`)
  const names = view.keys.map((_, index) => `__key${index}`)
  const rows = `SELECT ${[...keys, `${visible} AS v`, 'rowid AS r'].join(', ')} FROM ${id(sourceRelation(source.name))} WHERE ${candidates(view, times)}`
  const last = `SELECT ${[...names, 'v', 'max(r) AS r'].join(', ')} FROM (${rows}) GROUP BY ${[...names, 'v'].join(', ')}`
  if (latest || source.knownAt.kind !== 'column' || source.knownAt.column === source.eventTime) return last
  const partition = names.length === 0 ? '' : `PARTITION BY ${names.join(', ')} `
  return `SELECT ${[...names, 'v', `max(r) OVER (${partition}ORDER BY v) AS r`].join(', ')} FROM (${last})`
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
    source.deleted === undefined ? 'w.r IS NULL' : `w.r IS NULL OR coalesce(c.${id(source.deleted)}, false)`
  const old = lookback === undefined ? '' : ` WHEN c.__e < w.__t - ${parseDuration(lookback)} THEN 'A'`
  return `CASE WHEN ${missing} THEN 'F'${old} WHEN ${column} IS NULL THEN 'N' ELSE 'P' END`
}

/** Rows of a view's source that are skipped: two counts, null keys before null event times. */
export function skippedSql(view: FeatureViewData, source: SourceData): string {
  const nullKey = view.keys.length === 0 ? 'false' : view.keys.map(key => `${id(key)} IS NULL`).join(' OR ')
  return `SELECT count(*) FILTER (${nullKey}), count(*) FILTER (NOT (${nullKey}) AND __e IS NULL) FROM ${id(sourceRelation(source.name))}`
}
