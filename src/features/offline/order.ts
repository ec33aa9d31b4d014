import type { SourceData } from '../../definitions/model.ts'
import { type Field, parseType, type TypeNode } from '../../kernel/values/index.ts'
import type { SqlDialect } from './dialect.ts'
import { id } from './sql-text.ts'

/** ORDER BY terms of one column in the order of values (features.md §1.4). */
export function orderTerms(field: Field, dialect: SqlDialect): readonly string[] {
  return termsOf(id(field.name), parseType(field.type), { dialect, depth: 0 })
}

interface Nesting {
  readonly dialect: SqlDialect
  readonly depth: number
}

function termsOf(value: string, type: TypeNode, nesting: Nesting): readonly string[] {
  if (type.kind === 'list' || type.kind === 'map') return [`${nestedOrder(value, type, nesting)} NULLS FIRST`]
  const float = type.kind === 'scalar' && type.name.startsWith('float')
  return float ? nesting.dialect.floatOrder(value) : [`${value} NULLS FIRST`]
}

/** Engines differ about nulls and signed zeros inside lists: each element becomes a struct of its terms, null lowest. */
function nestedOrder(value: string, type: TypeNode & { kind: 'list' | 'map' }, nesting: Nesting): string {
  const { dialect, depth } = nesting
  const name = `x${depth}`
  const terms = (element: string, node: TypeNode): string => {
    const inner = termsOf(element, node, { dialect, depth: depth + 1 })
    return [`${element} IS NOT NULL`, ...inner.map(term => term.replace(/ NULLS FIRST$/, ''))].join(', ')
  }
  if (type.kind === 'list') return dialect.eachElement(value, name, `(${terms(name, type.element)})`)
  const entry = `(${name}.key, ${terms(`${name}.value`, type.value)})`
  return dialect.eachElement(dialect.mapEntries(value), name, entry)
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
