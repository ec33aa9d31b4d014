import { resolve } from 'node:path'
import type { SourceData, SourceLocation } from '../../../definitions/model.ts'
import { id, text } from '../../../features/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Field } from '../../../kernel/values/index.ts'
import { sourceError } from './engine-error.ts'
import { loadPostgresTable } from './postgres.ts'
import { prepareSql } from './sql-source.ts'
import type { Workspace } from './workspace.ts'

/** Where a source's rows stand before they are checked and cast. */
export interface RawSource {
  /** A table expression with the source's own columns and types. */
  readonly from: string
  /** What a message calls it: the path, the table, or SQL. */
  readonly where: string
  readonly columns: readonly Field[]
  /** True when every column is text, written as in CSV. */
  readonly textual: boolean
}

/** Columns as the engine reports them; `type` is DuckDB's own name. */
interface Described {
  readonly name: string
  readonly type: string
}

export type RawColumns = readonly Described[]

/** Opens a source; throws SOURCE_UNREADABLE, SOURCE_BAD_VALUE or SQL_*. */
export async function openRaw(
  workspace: Workspace,
  source: SourceData,
): Promise<RawSource & { readonly described: RawColumns }> {
  const where = place(source.from)
  try {
    const { from, textual } = await tableExpression(workspace, source)
    return { from, where, textual, columns: source.columns, described: await describe(workspace, from) }
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

/** Refuses declared columns that are missing, of another type, or named twice; lists all of them. */
export function checkSchema(
  source: SourceData,
  raw: RawSource & { described: RawColumns },
  fits: (declared: string, found: string) => boolean,
): void {
  const found = new Map(raw.described.map(column => [column.name, column.type]))
  const problems: string[] = []
  for (const column of source.columns) {
    const type = found.get(column.name)
    if (type === undefined) problems.push(`"${column.name}" is missing`)
    else if (!raw.textual && !fits(column.type, type))
      problems.push(`"${column.name}" is ${type}, declared ${column.type}`)
  }
  const declared = new Set(source.columns.map(column => column.name))
  if (source.from.kind === 'sql') {
    for (const name of found.keys()) if (!declared.has(name)) problems.push(`"${name}" is not declared`)
    if (found.size < raw.described.length) problems.push('a column is named twice')
  }
  if (problems.length === 0) return
  throw new FettleError('SCHEMA_MISMATCH', `source "${source.name}" (${raw.where}): ${problems.join('; ')}`, {
    details: { source: source.name, file: raw.where, problems, found: Object.fromEntries(found) },
  })
}
