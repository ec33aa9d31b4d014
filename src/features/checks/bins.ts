import type { CheckData } from '../../definitions/index.ts'
import type { Field } from '../../kernel/values/index.ts'
import { all } from '../offline/sql-text.ts'
import { columnsOf, valueFor } from './columns.ts'
import { type CheckDialect, columnSql } from './dialect.ts'
import { missingSql } from './row-sql.ts'

interface Reference {
  readonly edges?: readonly number[]
  readonly values?: readonly (string | number | boolean)[]
  readonly counts: readonly number[]
}

/** The frozen bins of a check. */
export function referenceOf(check: CheckData): Reference {
  return (check.params['reference'] ?? { counts: [] }) as unknown as Reference
}

/** One condition a bin, in the order of the frozen counts: the bins, everything else, missing. */
export function binConditions(
  check: CheckData,
  columns: readonly Field[],
  dialect: CheckDialect,
): readonly string[] {
  const [column] = columnsOf(check, columns)
  if (!column) throw new TypeError('the check names no column')
  const missing = missingSql(check, column, dialect)
  const present = `NOT ${missing}`
  const { edges, values = [] } = referenceOf(check)
  if (edges === undefined) {
    const literals = values.map(each => dialect.literal(column.type, valueFor(column, each)))
    const bins = literals.map(literal => all([present, `${columnSql(column)} = ${literal}`]))
    const other =
      literals.length === 0 ? present : all([present, `${columnSql(column)} NOT IN (${literals.join(', ')})`])
    return [...bins, other, missing]
  }
  const number = dialect.double(columnSql(column))
  const bounds = edges.map(edge => dialect.literal('float64', edge))
  const bins = [undefined, ...bounds].map((low, index) => {
    const high = bounds[index]
    return all([
      present,
      ...(low === undefined ? [] : [`${number} >= ${low}`]),
      ...(high === undefined ? [] : [`${number} < ${high}`]),
    ])
  })
  return [...bins, missing]
}
