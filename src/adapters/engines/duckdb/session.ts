import { realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import {
  duckdbDialect,
  id,
  type OfflineSession,
  type Reach,
  type SessionOptions,
  text,
} from '../../../features/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Field, Value } from '../../../kernel/values/index.ts'
import { addSource } from './add-source.ts'
import { statements } from './connection.ts'
import { engineError, fileError } from './engine-error.ts'
import { type DuckDBLimits, memoryShares, namedLimits } from './limits.ts'
import { makeTemporaryFolder } from './temporary-folder.ts'
import { sqlType } from './types.ts'
import type { Workspace } from './workspace.ts'

/** Opens an in-memory instance with its own temporary folder, which is removed when the session closes. */
export async function openSession(limits: DuckDBLimits, options: SessionOptions): Promise<OfflineSession> {
  const memory = memoryShares(limits)
  const folder = await makeTemporaryFolder(limits.temporaryFolder)
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: folder,
    memory_limit: `${memory.engineBytes}B`,
    ...(limits.threads === undefined ? {} : { threads: String(limits.threads) }),
    ...(limits.temporaryLimit === undefined ? {} : { max_temp_directory_size: limits.temporaryLimit }),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  await lockDown(connection, options.reach)
  const added: Workspace['added'] = new Map()
  const limitsNamed = namedLimits(limits)
  const run = statements(connection, options, error => {
    const known = engineError(error, 'the engine', limitsNamed)
    return known instanceof FettleError ? known : fileError(known, added.values(), options.projectFolder)
  })
  const workspace: Workspace = {
    ...run,
    projectFolder: options.projectFolder,
    signal: options.signal,
    added,
    dialect: duckdbDialect,
    async addRows(relation, { fields, rows }) {
      await createTable(run.run, relation, fields)
      await run.append(relation, fields, pieces(rows, fields))
    },
  }
  return {
    ...run,
    dialect: duckdbDialect,
    sweepBytes: memory.sweepBytes,
    addRows: workspace.addRows,
    addSource: (source, keep, where) => addSource(workspace, source, { keep, where }),
    createTable: (relation, sql) => run.run(`CREATE OR REPLACE TEMP TABLE ${id(relation)} AS ${sql}`),
    async createNumbered(relation, sql) {
      const held = id(`${relation}_rows`)
      await run.run(`CREATE OR REPLACE TEMP TABLE ${held} AS ${sql}`)
      await run.run(`CREATE OR REPLACE TEMP VIEW ${id(relation)} AS SELECT rowid AS __n, * FROM ${held}`)
    },
    async addColumns(relation, fields, batches) {
      await createTable(run.run, relation, fields)
      await run.append(relation, fields, batches)
    },
    async writeParquet(sql, path) {
      try {
        const dictionary = (await hasFloats(run, sql)) ? ', DICTIONARY_SIZE_LIMIT 0' : ''
        await run.run(
          `COPY (${sql}) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880${dictionary})`,
        )
      } catch (error) {
        throw engineError(error, 'writing the training set')
      }
    },
    readParquet: (path, fields) =>
      run.stream(
        `SELECT ${fields.map(field => id(field.name)).join(', ')} FROM read_parquet(${text(path)})`,
        fields,
      ),
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

/** A dictionary of a Parquet file takes −0.0 and +0.0 for one value, so columns of floats are written without. */
async function hasFloats({ rows }: Pick<Workspace, 'rows'>, sql: string): Promise<boolean> {
  const types = await rows(`SELECT column_type FROM (DESCRIBE ${sql})`, [{ name: 'type', type: 'string' }])
  return types.some(([type]) => /DOUBLE|FLOAT/.test(String(type)))
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
