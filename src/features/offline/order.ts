import type { SourceData } from '../../definitions/model.ts'
import { type Field, parseType } from '../../kernel/values/index.ts'
import type { SqlDialect } from './dialect.ts'
import { id } from './sql-text.ts'

/** ORDER BY terms of one column in the order of values (features.md §1.4). */
export function orderTerms(field: Field, dialect: SqlDialect): readonly string[] {
  const column = id(field.name)
  if (field.type === 'float64' || field.type === 'float32') return dialect.floatOrder(column)
  const map = parseType(field.type).kind === 'map'
  return [`${map ? dialect.mapOrder(column) : column} NULLS FIRST`]
}

/** ORDER BY terms of the whole row in declared order. */
export function rowOrder(source: Pick<SourceData, 'columns'>, dialect: SqlDialect): readonly string[] {
  return source.columns.flatMap(column => orderTerms(column, dialect))
}

/** The total order of features.md §3.2: event time, known time, sequence, whole row. */
export function totalOrder(
  source: Pick<SourceData, 'columns' | 'sequence'>,
  dialect: SqlDialect,
): readonly string[] {
  return ['__e NULLS FIRST', ...versionOrder(source, dialect)]
}

/** The order of versions of one event: known time, sequence, whole row. */
export function versionOrder(
  source: Pick<SourceData, 'columns' | 'sequence'>,
  dialect: SqlDialect,
): readonly string[] {
  const sequence = source.sequence === undefined ? [] : [`${id(source.sequence)} NULLS FIRST`]
  return ['__k NULLS FIRST', ...sequence, ...rowOrder(source, dialect)]
}

/** Terms of an order, greatest first. */
export function descending(terms: readonly string[]): string {
  return terms.map(term => term.replace(/ NULLS FIRST$/, ' DESC NULLS LAST')).join(', ')
}
