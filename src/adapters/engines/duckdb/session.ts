import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { id, type OfflineSession, type Reach, type SessionOptions, text } from '../../../features/index.ts'
import type { Field, Value } from '../../../kernel/values/index.ts'
import { addSource } from './add-source.ts'
import { statements } from './connection.ts'
import { engineError } from './engine-error.ts'
import { sqlType } from './types.ts'
import type { Workspace } from './workspace.ts'

/** Limits of one session; each session is an engine instance of its own. */
export interface DuckDBLimits {
  /** Bytes, or text as DuckDB takes it (`2GB`). Default: 60 % of the machine. */
  readonly memoryLimit?: string
  readonly threads?: number
  /** Folder for what does not fit into memory. Default: the system's. */
  readonly temporaryFolder?: string
  /** Most bytes in that folder, as text. Default: 90 % of what is free. */
  readonly temporaryLimit?: string
}

/** Opens an in-memory instance with its own temporary folder, which is removed when the session closes. */
export async function openSession(limits: DuckDBLimits, options: SessionOptions): Promise<OfflineSession> {
  const folder = await mkdtemp(join(limits.temporaryFolder ?? tmpdir(), 'fettle-duckdb-'))
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: folder,
    ...(limits.memoryLimit === undefined ? {} : { memory_limit: limits.memoryLimit }),
    ...(limits.threads === undefined ? {} : { threads: String(limits.threads) }),
    ...(limits.temporaryLimit === undefined ? {} : { max_temp_directory_size: limits.temporaryLimit }),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  await lockDown(connection, options.reach)
  const run = statements(connection, options)
  const workspace: Workspace = {
    ...run,
    projectFolder: options.projectFolder,
    signal: options.signal,
    added: new Map(),
  }
  return {
    ...run,
    addSource: (source, keep, where) => addSource(workspace, source, { keep, where }),
    async addRows(relation, { fields, rows }) {
      await createTable(run.run, relation, fields)
      await run.append(relation, fields, pieces(rows, fields))
    },
    async addColumns(relation, fields, batches) {
      await createTable(run.run, relation, fields)
      await run.append(relation, fields, batches)
    },
    async writeParquet(sql, path) {
      try {
        await run.run(
          `COPY (${sql}) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880)`,
        )
      } catch (error) {
        throw engineError(error, 'writing the training set')
      }
    },
    openParquet: (relation, path) =>
      run.run(`CREATE TEMP VIEW ${id(relation)} AS SELECT * FROM read_parquet(${text(path)})`),
    async close() {
      connection.disconnectSync()
      instance.closeSync()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** User SQL is checked before it runs; this holds whatever a check may miss. Spilling stays possible. */
async function lockDown(connection: DuckDBConnection, reach: Reach | undefined): Promise<void> {
  const list = (paths: readonly string[]): string => `[${paths.map(text).join(', ')}]`
  if (reach) {
    const files = await resolved(reach.files)
    const folders = (await resolved(reach.folders)).map(folder => join(folder, '/'))
    await connection.run(`SET allowed_paths = ${list(files)}`)
    await connection.run(`SET allowed_directories = ${list(folders)}`)
    await connection.run('SET enable_external_access = false')
  }
  await connection.run('SET lock_configuration = true')
}

/** The paths, and what they lead to where they are links: the engine compares both. */
async function resolved(paths: readonly string[]): Promise<string[]> {
  const real = await Promise.all(paths.map(path => realpath(path).catch(() => path)))
  return [...new Set([...paths, ...real])]
}

async function createTable(
  run: (sql: string) => Promise<void>,
  relation: string,
  fields: readonly Field[],
): Promise<void> {
  await run(
    `CREATE TEMP TABLE ${id(relation)} (${fields.map(field => `${id(field.name)} ${sqlType(field.type)}`).join(', ')})`,
  )
}

const pieceRows = 2048

function* pieces(rows: readonly (readonly Value[])[], fields: readonly Field[]) {
  for (let from = 0; from < rows.length; from += pieceRows) {
    const part = rows.slice(from, from + pieceRows)
    yield {
      rows: part.length,
      columns: fields.map((_, index) => ({
        kind: 'values' as const,
        values: part.map(row => row[index] ?? null),
      })),
    }
  }
}
