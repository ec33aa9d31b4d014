import { readdir, rename, rm } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { SourceData } from '../../../definitions/model.ts'
import {
  collectRows,
  id,
  type OfflineSession,
  type SessionOptions,
  sparkDialect,
} from '../../../features/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import { addSource } from './add-source.ts'
import type { Executions } from './execution.ts'
import { createTables, parquetRows, sql, type Tables } from './tables.ts'

/** What the parts of a session share. */
export interface Workspace extends OfflineSession, Tables {
  readonly projectFolder: string
  readonly signal: AbortSignal | undefined
  readonly executions: Executions
  /** Sources added so far, by name: what SQL may refer to. */
  readonly added: Map<string, SourceData>
}

/** Settings under which Spark means by our SQL what the other engines mean. */
export const sessionSettings = {
  'spark.sql.session.timeZone': 'UTC',
  'spark.sql.ansi.enabled': 'true',
  'spark.sql.ansi.doubleQuotedIdentifiers': 'true',
  'spark.sql.parser.escapedStringLiterals': 'false',
  'spark.sql.timestampType': 'TIMESTAMP_NTZ',
  'spark.sql.timestampNanosTypes.enabled': 'true',
  'spark.sql.caseSensitive': 'false',
  'spark.sql.runSQLOnFiles': 'false',
  'spark.sql.debug.maxToStringFields': '1000000',
  'spark.sql.parquet.datetimeRebaseModeInRead': 'CORRECTED',
  'spark.sql.parquet.int96RebaseModeInRead': 'CORRECTED',
  'spark.sql.parquet.datetimeRebaseModeInWrite': 'CORRECTED',
  'spark.sql.parquet.compression.codec': 'zstd',
  'spark.sql.csv.parser.columnPruning.enabled': 'false',
  'spark.sql.sources.partitionColumnTypeInference.enabled': 'false',
} as const

/** A session over one Spark session. `folder` is shared with Spark's executors and removed at the end. */
export function createSession(
  executions: Executions,
  { folder, options }: { readonly folder: string; readonly options: SessionOptions },
): OfflineSession {
  const { projectFolder, signal } = options
  const tables = createTables(executions, folder)
  const workspace: Workspace = {
    dialect: sparkDialect,
    sweepBytes: Math.floor(totalmem() * 0.1),
    projectFolder,
    signal,
    executions,
    added: new Map(),
    ...tables,
    addSource: (source, keep, where) => addSource(workspace, source, { keep, where }),
    addRows: (relation, { fields, rows }) =>
      tables.addColumns(relation, fields, [
        {
          rows: rows.length,
          columns: fields.map((_, index) => ({
            kind: 'values',
            values: rows.map(row => row[index] ?? null),
          })),
        },
      ]),
    run: query => executions.run({ command: { sqlCommand: { input: sql(query) } } }),
    rows: (query, fields) => collectRows(tables.stream(query, fields), fields),
    async writeParquet(query, path) {
      const numbered = `SELECT *, monotonically_increasing_id() AS __place FROM (${query})`
      const target = await tables.writeFolder(
        sql(
          `SELECT ${sparkDialect.allBut(['__place'])} FROM (SELECT /*+ REPARTITION(1) */ * FROM (${numbered})) SORT BY __place`,
        ),
      )
      await takeOnlyFile(target, path)
    },
    async *readParquet(path, fields) {
      await tables.createView('__stored', parquetRows([path], '__place', fields))
      yield* tables.stream(
        `SELECT ${fields.map(field => id(field.name)).join(', ')} FROM __stored ORDER BY __place`,
        fields,
      )
    },
    async close() {
      await executions.release()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return workspace
}

/** Spark writes a folder; its one data file becomes the file asked for. */
async function takeOnlyFile(folder: string, path: string): Promise<void> {
  const parts = (await readdir(folder)).filter(name => name.startsWith('part-'))
  const [part] = parts
  if (part === undefined || parts.length > 1)
    throw new FettleError(
      'ENGINE_UNAVAILABLE',
      `Spark wrote ${parts.length} files where this process looks for one: the folder for temporary files must be shared with Spark`,
    )
  await rename(join(folder, part), path)
  await rm(folder, { recursive: true, force: true })
}
