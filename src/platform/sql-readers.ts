import { existsSync } from 'node:fs'
import { loadSqlite } from '../adapters/metadata/sqlite/engine.ts'
import type { Row, SqlReader } from '../adapters/mlflow-import/index.ts'
import { FettleError } from '../kernel/errors/index.ts'

/** A SQLite file of another program, which may go on writing to it. Throws IMPORT_SOURCE where there is none. */
export async function openSqliteReader(path: string): Promise<SqlReader> {
  if (!existsSync(path)) throw new FettleError('IMPORT_SOURCE', `there is no file ${path}`)
  const { DatabaseSync } = await loadSqlite()
  const database = new DatabaseSync(path)
  try {
    database.exec('pragma query_only = on')
    database.exec('pragma busy_timeout = 10000')
  } catch (cause) {
    throw new FettleError('IMPORT_SOURCE', `${path} is no SQLite database`, { cause })
  }
  return {
    async tables() {
      const rows = database.prepare("select name from sqlite_master where type in ('table', 'view')").all()
      return new Set(rows.map(row => String(row['name'])))
    },
    async all(sql, values) {
      const statement = database.prepare(sql)
      statement.setReadBigInts(true)
      return statement.all(...values)
    },
    close: async () => database.close(),
  }
}

/** A Postgres database of another program. Throws IMPORT_SOURCE when it cannot be reached. */
export async function openPostgresReader(url: string): Promise<SqlReader> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect().catch((cause: unknown) => {
    throw new FettleError('IMPORT_SOURCE', `${new URL(url).host} cannot be reached`, { cause })
  })
  await client.query('set default_transaction_read_only = on')
  return {
    async tables() {
      const { rows } = await client.query(
        'select table_name from information_schema.tables where table_schema = any (current_schemas(false))',
      )
      return new Set(rows.map((row: Row) => String(row['table_name'])))
    },
    async all(sql, values) {
      let count = 0
      const { rows } = await client.query(
        sql.replaceAll('?', () => `$${++count}`),
        [...values],
      )
      return rows as Row[]
    },
    close: () => client.end(),
  }
}
