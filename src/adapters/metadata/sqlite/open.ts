import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Kysely, sql } from 'kysely'
import { createDatabase, type MetadataDatabase } from '../database.ts'
import { migrations as allMigrations } from '../migrations/index.ts'
import type { Schema } from '../schema.ts'
import { sqliteDialect } from './dialect.ts'
import { execute } from './driver.ts'
import { loadSqlite } from './engine.ts'

const writerPragmas = [
  'pragma busy_timeout = 10000',
  'pragma journal_mode = wal',
  'pragma synchronous = full',
  'pragma foreign_keys = on',
  // What is deleted or replaced is overwritten in the file.
  'pragma secure_delete = on',
  // From here on the driver waits, by itself and without stopping the thread.
  'pragma busy_timeout = 0',
]

/**
 * Metadata in one SQLite file. One connection writes, transactions one after another, each durable (fsync) when it
 * resolves; another connection reads what is committed and never waits for a transaction.
 */
export async function openSqlite(path: string, migrations = allMigrations): Promise<MetadataDatabase> {
  await mkdir(dirname(path), { recursive: true })
  const { DatabaseSync } = await loadSqlite()
  const writer = new DatabaseSync(path)
  execute(writer, writerPragmas)
  const reader = new DatabaseSync(path)
  execute(reader, ['pragma busy_timeout = 10000', 'pragma query_only = on'])
  const writerDatabase = new Kysely<Schema>({ dialect: sqliteDialect(writer) })
  return createDatabase({
    kind: 'sqlite',
    migrations,
    writer: writerDatabase,
    reader: new Kysely<Schema>({ dialect: sqliteDialect(reader) }),
    begin: async () => {},
    compact: async () => {
      await sql`pragma wal_checkpoint(truncate)`.execute(writerDatabase)
    },
    shouldRetry: () => false,
    translate: error => error,
  })
}
