import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely'
import { isBusy, type SqliteDatabase, type SqliteValue, sqliteError } from './engine.ts'
import { createMutex } from './mutex.ts'
import { createStatementRunner, type StatementRunner } from './statements.ts'

/** How long a transaction waits to begin. */
const patienceMs = 10_000

interface Lease extends DatabaseConnection {
  end(): void
}

/**
 * A Kysely driver over one SQLite connection. Holders take turns: a query outside a transaction waits for the
 * transaction that runs.
 */
export function createSqliteDriver(database: SqliteDatabase): Driver {
  const mutex = createMutex()
  const runner = createStatementRunner(database)
  return {
    init: async () => {},
    acquireConnection: async () => leaseConnection(runner, await mutex.lock()),
    beginTransaction: begin,
    commitTransaction: async connection => {
      await connection.executeQuery(CompiledQuery.raw('commit'))
    },
    rollbackTransaction: rollback,
    releaseConnection: async connection => (connection as Lease).end(),
    destroy: async () => {
      const unlock = await mutex.lock()
      database.close()
      unlock()
    },
  }
}

/** Waits for the writer of another connection without stopping this thread, which may be the one that writes. */
async function begin(connection: DatabaseConnection): Promise<void> {
  for (const end = performance.now() + patienceMs; ; ) {
    try {
      await connection.executeQuery(CompiledQuery.raw('begin immediate'))
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error
      await new Promise(resolve => setTimeout(resolve, 1 + Math.random() * 9))
    }
  }
}

/** A full disk makes SQLite roll back by itself, and there is nothing left to do. */
async function rollback(connection: DatabaseConnection): Promise<void> {
  try {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  } catch (error) {
    if (!String(error).includes('no transaction is active')) throw error
  }
}

function leaseConnection(runner: StatementRunner, unlock: () => void): Lease {
  return {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      const { rows, changes } = runner.run(query.sql, query.parameters as readonly SqliteValue[])
      return { rows: rows as Row[], numAffectedRows: changes }
    },
    // biome-ignore lint/correctness/useYield: the interface asks for a generator; no store streams
    async *streamQuery() {
      throw new Error('the SQLite driver does not stream')
    },
    end: unlock,
  }
}

/** Runs statements one by one; for pragmas before the driver takes over. */
export function execute(database: SqliteDatabase, statements: readonly string[]): void {
  try {
    for (const statement of statements) database.exec(statement)
  } catch (error) {
    throw sqliteError(error)
  }
}
