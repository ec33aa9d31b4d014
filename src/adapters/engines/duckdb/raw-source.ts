import { resolve } from 'node:path'
import type { SourceData, SourceLocation } from '../../../definitions/model.ts'
import { id, type RawColumns, type RawSource, text } from '../../../features/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import { sourceError } from './engine-error.ts'
import { loadPostgresTable } from './postgres.ts'
import { prepareSql } from './sql-source.ts'
import type { Workspace } from './workspace.ts'

/** Opens a source; throws SOURCE_UNREADABLE, SOURCE_BAD_VALUE or SQL_*. */
export async function openRaw(workspace: Workspace, source: SourceData): Promise<RawSource> {
  const where = place(source.from)
  try {
    const { from, textual } = await tableExpression(workspace, source)
    return { from, where, textual, described: await describe(workspace, from) }
  } catch (error) {
    throw sourceError(error, source.name, where)
  }
}

function place(from: SourceLocation): string {
  if (from.kind === 'sql') return 'SQL'
  if (from.kind === 'push') return 'journal'
  return from.kind === 'postgres' || from.kind === 'duckdb' ? `table ${from.table}` : from.path
}

async function tableExpression(
  workspace: Workspace,
  source: SourceData,
): Promise<{ from: string; textual: boolean }> {
  const { from } = source
  switch (from.kind) {
    case 'push':
      throw new FettleError('SOURCE_UNREADABLE', `the journal of source "${source.name}" was not exported`)
    case 'parquet': {
      const rowNumber = from.rowNumber === undefined ? '' : ', file_row_number = true'
      const rows = `read_parquet(${text(resolve(workspace.projectFolder, from.path))}${rowNumber})`
      if (from.rowNumber === undefined) return { from: rows, textual: false }
      return {
        from: `(SELECT * RENAME (file_row_number AS ${id(from.rowNumber)}) FROM ${rows})`,
        textual: false,
      }
    }
    case 'csv':
      return { from: csvExpression(workspace, source, from), textual: true }
    case 'duckdb': {
      const catalog = `db_${source.name}`
      await workspace.run(
        `ATTACH ${text(resolve(workspace.projectFolder, from.path))} AS ${id(catalog)} (READ_ONLY)`,
      )
      return { from: `${id(catalog)}.${from.table.split('.').map(id).join('.')}`, textual: false }
    }
    case 'postgres':
      return { from: await loadPostgresTable(workspace, source, from), textual: true }
    case 'sql':
      return { from: `(${await prepareSql(workspace, source.name, from.parts)})`, textual: false }
  }
}

function csvExpression(
  workspace: Workspace,
  source: SourceData,
  from: SourceLocation & { kind: 'csv' },
): string {
  const header = from.header ?? true
  const names = header ? '' : `, names = [${source.columns.map(column => text(column.name)).join(', ')}]`
  const path = text(resolve(workspace.projectFolder, from.path))
  return `read_csv(${path}, all_varchar = true, header = ${header}, delim = ${text(from.delimiter ?? ',')}, quote = '"', escape = '"', allow_quoted_nulls = false, null_padding = false, strict_mode = true${names})`
}

async function describe(workspace: Workspace, from: string): Promise<RawColumns> {
  const rows = await workspace.rows(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`, [
    { name: 'name', type: 'string' },
    { name: 'type', type: 'string' },
  ])
  return rows.map(([name, type]) => ({ name: String(name), type: String(type) }))
}
