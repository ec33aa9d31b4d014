import type { SourceData, TrainingSetData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Micros, parseDuration, parseTimestamp } from '../../kernel/time.ts'
import type { SqlDialect } from './dialect.ts'
import { descending, orderTerms, rowOrder, versionOrder } from './order.ts'
import { sourceRelation } from './ports.ts'
import { predicateSql } from './predicate.ts'
import { all, id } from './sql-text.ts'

export interface SpinePlan {
  readonly set: TrainingSetData
  readonly source: SourceData
  readonly asOf: Micros
  /** Spine columns by which rows of one time are ordered before the whole row is. */
  readonly keys: readonly string[]
  readonly dialect: SqlDialect
}

/**
 * The spine of a set (features.md §7.2): event versions resolved as of `asOf`, tombstones dropped, sorted by (time, keys,
 * whole row). A row's place in it is its place in the full spine, `__row`. Columns: the source's, `__t`, `__e`, `__k`.
 */
export function spineSql({ set, source, asOf, keys, dialect }: SpinePlan): string {
  const { where = [], time } = set.spine
  requireTime(source, time)
  const conditions = [`__k <= ${asOf}`, '__e IS NOT NULL', `${id(time)} IS NOT NULL`]
  const rows =
    source.eventId === undefined
      ? id(sourceRelation(source.name))
      : `(${currentVersions(source, asOf, dialect)})`
  if (source.deleted !== undefined) conditions.push(`NOT coalesce(${id(source.deleted)}, false)`)
  conditions.push(...where.map(predicate => predicateSql(predicate, source.columns, dialect)))
  const keyOrder = keys.flatMap(key =>
    source.columns.filter(column => column.name === key).flatMap(column => orderTerms(column, dialect)),
  )
  const order = ['__t', ...keyOrder, ...rowOrder(source, dialect)].join(', ')
  return `SELECT ${source.columns.map(column => id(column.name)).join(', ')}, __e, __k, ${dialect.micros(id(time))} AS __t FROM ${rows} WHERE ${all(conditions)} ORDER BY ${order}`
}

function requireTime(source: SourceData, time: string): void {
  const column = source.columns.find(each => each.name === time)
  if (!column)
    throw new FettleError('COLUMN_MISSING', `spine source "${source.name}" has no time column "${time}"`, {
      details: { column: time },
    })
  if (column.type !== 'timestamp')
    throw new FettleError('TYPE_MISMATCH', `spine time "${time}" is ${column.type}, wanted timestamp`)
  if (source.eventTime === null)
    throw new FettleError('COLUMN_MISSING', `spine source "${source.name}" declares no event time`)
}

/** Of the versions of an event known by `asOf`, the greatest. Rows without an id are their own event. */
function currentVersions(source: SourceData, asOf: Micros, dialect: SqlDialect): string {
  const key = id(source.eventId ?? '')
  const rank = `row_number() OVER (PARTITION BY ${key} ORDER BY ${descending(versionOrder(source, dialect))})`
  return `SELECT * FROM (SELECT *, ${rank} AS __version FROM ${id(sourceRelation(source.name))} WHERE __k <= ${asOf} AND __e IS NOT NULL) WHERE ${key} IS NULL OR __version = 1`
}

/** A split with its bounds in µs. */
export interface SplitBounds {
  readonly name: string
  readonly from: Micros
  readonly to: Micros
}

/** Splits sorted by start; throws SPLITS_OVERLAP and TYPE_MISMATCH. */
export function splitBounds(set: TrainingSetData): SplitBounds[] {
  const instant = (text: string): Micros => {
    const micros = parseTimestamp(text)
    if (micros === undefined)
      throw new FettleError('TYPE_MISMATCH', `"${text}" in the splits of "${set.name}" is not an instant`)
    return micros
  }
  const splits = set.splits.map(split => ({
    name: split.name,
    from: instant(split.from),
    to: instant(split.to),
  }))
  splits.sort((left, right) => (left.from < right.from ? -1 : left.from > right.from ? 1 : 0))
  for (const [index, split] of splits.entries()) {
    const next = splits[index + 1]
    if (next && next.from < split.to) {
      throw new FettleError(
        'SPLITS_OVERLAP',
        `splits "${split.name}" and "${next.name}" of "${set.name}" overlap`,
        { details: { splits: set.splits } },
      )
    }
  }
  return splits
}

/** SQL of a row's split name, and of whether its label is learnt inside the next split. */
export function splitSql(
  set: TrainingSetData,
  splits: readonly SplitBounds[],
  dialect: SqlDialect,
): { readonly name: string; readonly embargoed: string } {
  if (splits.length === 0) return { name: 'NULL::STRING', embargoed: 'false' }
  const maturity = parseDuration(set.labelMaturity)
  const names = splits.map(
    split => `WHEN __t >= ${split.from} AND __t < ${split.to} THEN ${dialect.text(split.name)}`,
  )
  const late = splits.flatMap((split, index) => {
    const next = splits[index + 1]
    return next ? [`(__t >= ${split.from} AND __t < ${split.to} AND __t + ${maturity} > ${next.from})`] : []
  })
  return {
    name: `CASE ${names.join(' ')} END`,
    embargoed: set.embargo && late.length > 0 ? late.join(' OR ') : 'false',
  }
}
