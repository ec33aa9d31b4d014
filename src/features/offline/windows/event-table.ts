import type { PredicateData, SourceData } from '../../../definitions/model.ts'
import type { JoinTimes } from '../as-of.ts'
import type { SqlDialect } from '../dialect.ts'
import { descending, totalOrder, versionOrder } from '../order.ts'
import { sourceRelation } from '../ports.ts'
import { predicateSql } from '../predicate.ts'
import { all, id } from '../sql-text.ts'

/** What the window features of one source need of its rows. */
export interface EventNeeds {
  readonly source: SourceData
  /** Columns that some view uses as keys. */
  readonly keys: readonly string[]
  readonly columns: readonly string[]
  readonly predicates: readonly PredicateData[]
  /** True if an operator's answer depends on the order of rows at one event time. */
  readonly ordered: boolean
  /** 'latest': known times do not matter, and of the versions of an event only the newest exists. */
  readonly knownTime: 'cutoff' | 'latest'
  readonly times: JoinTimes
}

/** True where a row's known time has to be compared with each query's: it is a column of its own, or versions replace rows. */
export function comparesKnown({ source, knownTime }: EventNeeds): boolean {
  if (knownTime === 'latest') return false
  const { knownAt } = source
  return (
    versioned({ source, knownTime }) || (knownAt.kind === 'column' && knownAt.column !== source.eventTime)
  )
}

/** True where newer versions of an event replace older ones. */
export function versioned({ source, knownTime }: Pick<EventNeeds, 'source' | 'knownTime'>): boolean {
  return knownTime === 'cutoff' && source.eventId !== undefined
}

/** The order of rows inside a key. */
export function eventOrder(needs: EventNeeds, dialect: SqlDialect): string {
  return needs.ordered ? totalOrder(needs.source, dialect).join(', ') : '__e'
}

/**
 * Rows that some query may count, with columns `__e`, `__k`, `__replaced` (known time of the event's next version),
 * `c<i>` and `p<i>` for column and predicate i, and the keys. Rows never known, without event time, or tombstones are gone.
 */
export function eventRows(
  needs: EventNeeds,
  dialect: SqlDialect,
): { readonly select: string; readonly from: string } {
  const { source, columns, predicates, keys } = needs
  const select = [
    ...keys.map(id),
    '__e',
    '__k',
    ...(versioned(needs) ? ['__replaced'] : []),
    ...columns.map((name, index) => `${id(name)} AS c${index}`),
    ...predicates.map(
      (predicate, index) =>
        `coalesce(${predicateSql(predicate, source.columns, dialect)}, false) AS p${index}`,
    ),
  ].join(', ')
  return { select, from: `(SELECT * FROM ${resolvedVersions(needs, dialect)} WHERE ${visible(needs)})` }
}

function visible({ source, knownTime, times }: EventNeeds): string {
  const conditions = ['__e IS NOT NULL']
  if (knownTime !== 'latest') conditions.push('__k IS NOT NULL')
  if (times.horizon !== null) conditions.push(`coalesce(__k <= ${times.horizon}, true)`)
  if (source.deleted !== undefined) conditions.push(`NOT coalesce(${id(source.deleted)}, false)`)
  return all(conditions)
}

/**
 * The source's rows with the versions of events resolved: `__replaced` at a cutoff, else only the newest. A row that is
 * skipped, for a null key component or event time, is no version of anything.
 */
export function resolvedVersions(
  needs: Pick<EventNeeds, 'source' | 'keys' | 'knownTime' | 'times'>,
  dialect: SqlDialect,
): string {
  const { source, keys, times } = needs
  if (source.eventId === undefined) return id(sourceRelation(source.name))
  const exists = [...keys.map(key => `${id(key)} IS NOT NULL`), '__e IS NOT NULL']
  if (times.horizon !== null) exists.push(`coalesce(__k <= ${times.horizon}, true)`)
  const relation = `(SELECT * FROM ${id(sourceRelation(source.name))} WHERE ${all(exists)})`
  if (versioned(needs)) return `(SELECT *, ${replacedSql(source, dialect)} AS __replaced FROM ${relation})`
  const key = id(source.eventId)
  const rank = `row_number() OVER (PARTITION BY ${key} ORDER BY ${descending(versionOrder(source, dialect))})`
  return `(SELECT * FROM (SELECT *, ${rank} AS __version FROM ${relation}) WHERE ${key} IS NULL OR __version = 1)`
}

/** Known time of the next version of the same event; null for the newest, and for rows without an id. */
function replacedSql(source: SourceData, dialect: SqlDialect): string {
  const key = id(source.eventId ?? '')
  return `CASE WHEN ${key} IS NOT NULL AND __k IS NOT NULL THEN lead(__k) OVER (PARTITION BY ${key}, __k IS NULL ORDER BY ${versionOrder(source, dialect).join(', ')}) END`
}
