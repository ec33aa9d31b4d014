import { resolve } from 'node:path'
import type { SourceData, SourceLocation } from '../../../definitions/model.ts'
import { id, type RawColumns, type RawSource, readingGaps, sourceFiles } from '../../../features/index.ts'
import { type ErrorCode, FettleError, isFettleError } from '../../../kernel/errors/index.ts'
import { capabilities } from './capabilities.ts'
import type { Relation } from './messages.ts'
import type { Workspace } from './session.ts'
import { prepareSql } from './sql-source.ts'
import { parquet, parquetRows, sql } from './tables.ts'
import { describedType } from './types.ts'

/** Opens a source; throws SOURCE_UNREADABLE, SOURCE_BAD_VALUE, SQL_*, DIALECT_MISSING or ENGINE_UNSUPPORTED. */
export async function openRaw(workspace: Workspace, source: SourceData): Promise<RawSource> {
  const [gap] = readingGaps(capabilities, [source])
  if (gap) throw new FettleError(gap.code, gap.message, { hint: gap.hint, details: { source: source.name } })
  const where = place(source.from)
  try {
    const relation = `raw_${source.name}`
    await workspace.createView(relation, await rawRelation(workspace, source))
    const described = await describe(workspace, relation)
    return { from: id(relation), where, textual: source.from.kind === 'csv', described }
  } catch (error) {
    throw sourceError(error, source.name, where)
  }
}

function place(from: SourceLocation): string {
  if (from.kind === 'sql') return 'SQL'
  return from.kind === 'parquet' || from.kind === 'csv' ? from.path : from.kind
}

async function rawRelation(workspace: Workspace, source: SourceData): Promise<Relation> {
  const { from } = source
  if (from.kind === 'sql') return sql(await prepareSql(workspace, source.name, from.spark ?? []))
  if (from.kind !== 'parquet' && from.kind !== 'csv')
    throw new FettleError('SOURCE_UNREADABLE', `the journal of source "${source.name}" was not exported`)
  const files = await sourceFiles(source.name, workspace.projectFolder, from.path)
  const paths = files.map(path => literalPath(resolve(path)))
  if (from.kind === 'parquet')
    return from.rowNumber === undefined ? parquet(paths) : parquetRows(paths, from.rowNumber)
  const header = from.header ?? true
  const schema = source.columns.map(column => `${id(column.name)} STRING`).join(', ')
  const options = {
    header: String(header),
    sep: from.delimiter ?? ',',
    quote: '"',
    escape: '"',
    multiLine: 'true',
    mode: 'FAILFAST',
    encoding: 'UTF-8',
  }
  return { read: { dataSource: { format: 'csv', options, paths, ...(header ? {} : { schema }) } } }
}

/** Spark takes characters of a path as a pattern unless they are escaped. */
function literalPath(path: string): string {
  return `file:${path.replace(/[\\*?[\]{},]/g, '\\$&')}`
}

async function describe(workspace: Workspace, relation: string): Promise<RawColumns> {
  const { schema } = await workspace.executions.analyze({
    schema: { plan: { root: sql(`SELECT * FROM ${id(relation)}`) } },
  })
  const fields = schema?.schema.struct?.fields ?? []
  return fields.map(({ name, dataType }) => ({ name, type: describedType(dataType) }))
}

const unreadable = /PATH_NOT_FOUND|FILE_NOT_EXIST|FileNotFound|Permission denied|AccessControl/i
const badFile =
  /FAILED_READ_FILE|MALFORMED|CANNOT_READ|not a Parquet file|PARQUET|corrupt|CAST_|DATETIME_|CONVERT|ParquetDecoding/i

/** What a failure means while a source is read: a file that is not there, or one that is damaged. */
export function sourceError(error: unknown, source: string, where: string): unknown {
  if (!isFettleError(error) || error.code !== 'SQL_ERROR') return error
  const kind = `${String(error.details?.['errorClass'] ?? '')} ${error.message}`
  const say = (code: ErrorCode, sentence: string): FettleError =>
    new FettleError(code, `source "${source}" (${where}) ${sentence}: ${error.message}`, {
      cause: error,
      details: { ...error.details, source, file: where },
    })
  if (unreadable.test(kind)) return say('SOURCE_UNREADABLE', 'cannot be read')
  if (where !== 'SQL' && badFile.test(kind))
    return say('SOURCE_BAD_VALUE', 'is damaged or holds a value that cannot be used')
  return say('SQL_ERROR', 'is refused')
}
