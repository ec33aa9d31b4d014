import { type CheckData, checkWords, decidableByRow } from '../../definitions/index.ts'
import { encodeNative } from '../../kernel/values/index.ts'
import type { OfflineSession } from '../offline/ports.ts'
import { all, id } from '../offline/sql-text.ts'
import { judged } from './aggregates.ts'
import { checkDialect } from './dialect.ts'
import { groupKey, referencedRows, type StatementContext, tupleCondition, tupleKeys } from './groups.ts'
import { type ShownTable, statementContext } from './measure.ts'
import { badRow } from './quarantine.ts'
import type { CheckResult } from './report.ts'

const mostSamples = 20

/** A SELECT of the bad rows of a check, or undefined where no single row is to blame. */
export function badRowsSql(check: CheckData, context: StatementContext): string | undefined {
  const columns = context.columns.map(each => id(each.name)).join(', ')
  const { relation, dialect } = context
  const repeated = (condition: string, keys: readonly string[]): string =>
    `SELECT ${columns} FROM (SELECT *, count(*) OVER (PARTITION BY ${keys.join(', ')}) AS __n FROM ${relation} WHERE ${condition}) WHERE __n > 1`
  if (check.check === 'unique') {
    const { condition, column } = judged(check, context)
    return repeated(condition, [groupKey(column, dialect)])
  }
  if (check.check === 'unique_together')
    return repeated(tupleCondition(check, context), tupleKeys(check, context))
  if (check.check === 'references')
    return `SELECT ${columns} FROM ${referencedRows(check, context)} WHERE __hit IS NULL`
  if (checkWords[check.check]?.target !== 'aggregate' || !decidableByRow(check)) return undefined
  return `SELECT ${columns} FROM ${relation} WHERE ${all([badRow(check, context, dialect)])}`
}

/** The SQL of a failing check's bad rows and the first of them, as far as the columns' data classes allow. */
export async function badRowsOf(
  session: OfflineSession,
  table: ShownTable,
  check: CheckData,
): Promise<Pick<CheckResult, 'sql' | 'samples'>> {
  const sql = badRowsSql(check, statementContext(table, checkDialect(session.dialect)))
  if (sql === undefined) return {}
  const shown = sql.replaceAll(id(table.relation), '{rows}')
  if (table.columns.some(each => each.pii === 'sensitive')) return { sql: shown }
  const rows = await session.rows(`${sql} LIMIT ${mostSamples}`, table.columns)
  const cells = rows.map(row =>
    table.columns.map((column, index) => {
      const value = row[index] ?? null
      if (value === null) return null
      return column.pii === 'personal' ? '•••' : encodeNative(column.type, value).slice(0, 80)
    }),
  )
  return { sql: shown, samples: { columns: table.columns.map(each => each.name), rows: cells } }
}
