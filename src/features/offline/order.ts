import type { SourceData } from '../../definitions/model.ts'
import type { Field } from '../../kernel/values/index.ts'
import { id } from './sql-text.ts'

/**
 * ORDER BY terms of one column in the order of values (features.md §1.4). A float is never its own sort key: engines may
 * hand a sorted −0.0 back as +0.0, so the key is a sum that has lost the sign, then the sign.
 */
export function orderTerms(field: Field): readonly string[] {
  const column = id(field.name)
  if (field.type !== 'float64' && field.type !== 'float32') return [`${column} NULLS FIRST`]
  return [`(${column} + 0.0) NULLS FIRST`, `(NOT signbit(${column})) NULLS FIRST`]
}

/** ORDER BY terms of the whole row in declared order. */
export function rowOrder(source: Pick<SourceData, 'columns'>): readonly string[] {
  return source.columns.flatMap(orderTerms)
}

/** The total order of features.md §3.2: event time, known time, sequence, whole row. */
export function totalOrder(source: Pick<SourceData, 'columns' | 'sequence'>): readonly string[] {
  return ['__e NULLS FIRST', ...versionOrder(source)]
}

/** The order of versions of one event: known time, sequence, whole row. */
export function versionOrder(source: Pick<SourceData, 'columns' | 'sequence'>): readonly string[] {
  const sequence = source.sequence === undefined ? [] : [`${id(source.sequence)} NULLS FIRST`]
  return ['__k NULLS FIRST', ...sequence, ...rowOrder(source)]
}

/** Terms of an order, greatest first. */
export function descending(terms: readonly string[]): string {
  return terms.map(term => term.replace(/ NULLS FIRST$/, ' DESC NULLS LAST')).join(', ')
}
