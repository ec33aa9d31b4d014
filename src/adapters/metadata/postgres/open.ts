import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { FettleError } from '../../../kernel/errors/index.ts'
import { createDatabase, type MetadataDatabase } from '../database.ts'
import { migrations as allMigrations } from '../migrations/index.ts'
import type { Schema } from '../schema.ts'
import { tellingPool } from './telling-pool.ts'

/** Writers take this advisory lock: gapless numbers and events in commit order need one writer at a time. */
const writerLock = 0x666574746c65
const int8 = 20
const serializationFailure = '40001'
const deadlockDetected = '40P01'
const diskFull = '53100'

/**
 * Metadata in Postgres. Transactions of all processes run one after another, as on SQLite: the writer's advisory lock is
 * the first statement of each and ends with it, or with its connection.
 */
export async function openPostgres(url: string, migrations = allMigrations): Promise<MetadataDatabase> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    application_name: 'fettle',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // A server that vanished without a word does not hold its callers for ever.
    query_timeout: 120_000,
    // A process that stops in the middle of a transaction may not keep all others out.
    idle_in_transaction_session_timeout: 60_000,
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
  })
  // A connection that breaks is replaced by the pool, and its query rejected; without listeners the process would end.
  pool.on('error', () => {})
  pool.on('connect', client => {
    client.on('error', () => {})
  })
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: tellingPool(pool) }) })
  return createDatabase({
    kind: 'postgres',
    migrations,
    writer: db,
    reader: db,
    begin: async transaction => {
      await sql`select pg_advisory_xact_lock(${writerLock})`.execute(transaction)
    },
    shouldRetry: error => [serializationFailure, deadlockDetected].includes(codeOf(error)),
    translate: error =>
      codeOf(error) === diskFull
        ? new FettleError('DISK_FULL', 'The metadata store could not be written: the disk is full', {
            cause: error,
          })
        : error,
  })
}

function parserOf(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  return oid === int8 && format !== 'binary' ? parseInteger : pg.types.getTypeParser(oid, format as 'text')
}

/** As on SQLite: a number where that is exact, else a bigint. */
function parseInteger(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null)?.code ?? '')
}
