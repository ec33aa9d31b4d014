import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import pg from 'pg'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { quoteName, quoteText } from '../../serving/index.ts'
import type { OutputFile } from './model.ts'

/** Beside the table: which partitions of which jobs are in it. */
const ledgerSuffix = '_partitions'
const insertRows = 2_000

/**
 * Puts the outputs of a job into a table of Postgres, each partition in one transaction with the row that says so: a
 * partition that is there is left alone, so a repeat changes nothing and a crash leaves whole partitions. `url` is the name
 * of an environment variable. Throws SOURCE_UNREADABLE, SCHEMA_MISMATCH.
 */
export async function writePostgresTable(
  { url, table, job }: { readonly url: string; readonly table: string; readonly job: string },
  files: readonly OutputFile[],
): Promise<void> {
  const address = process.env[url]
  if (!address)
    throw new FettleError('SOURCE_UNREADABLE', `the environment variable ${url} is not set`, {
      hint: 'It holds the address of the database that the rows go to.',
    })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const client = new pg.Client({ connectionString: address })
  try {
    await client.connect()
    await client.query("SET TimeZone = 'UTC'")
    for (const file of files) await writePartition({ client, connection, table, job }, file)
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw new FettleError(
      'SCHEMA_MISMATCH',
      `table "${table}" does not take the rows of the job: ${messageOf(cause)}`,
      { cause, hint: 'Name another table, or keep the columns it has.' },
    )
  } finally {
    await client.end().catch(() => undefined)
    connection.closeSync()
    instance.closeSync()
  }
}

interface Target {
  readonly client: pg.Client
  readonly connection: DuckDBConnection
  readonly table: string
  readonly job: string
}

async function writePartition(target: Target, { partition, path }: OutputFile): Promise<void> {
  const { client, connection, table, job } = target
  const from = `read_parquet(${quoteText(path)})`
  const described = (await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`)).getRows()
  const columns = described.map(([name, type]) => `${quoteName(String(name))} ${postgresType(String(type))}`)
  const ledger = quoteName(`${table}${ledgerSuffix}`)
  await client.query('BEGIN')
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${quoteName(table)} (job text NOT NULL, ${columns.join(', ')})`,
  )
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${ledger} (job text NOT NULL, partition bigint NOT NULL, PRIMARY KEY (job, partition))`,
  )
  const { rowCount } = await client.query(
    `INSERT INTO ${ledger} (job, partition) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
    [job, partition],
  )
  if (rowCount === 1) await copyRows(target, from)
  await client.query('COMMIT')
}

async function copyRows({ client, connection, table, job }: Target, from: string): Promise<void> {
  const result = await connection.stream(`SELECT ${quoteText(job)} AS job, * FROM ${from}`)
  const names = result.columnNames().map(quoteName).join(', ')
  const insert = `INSERT INTO ${quoteName(table)} (${names}) SELECT ${names} FROM json_populate_recordset(NULL::${quoteName(table)}, $1::json)`
  let held: unknown[] = []
  for await (const rows of result.yieldRowObjectJson()) {
    held.push(...rows)
    if (held.length < insertRows) continue
    await client.query(insert, [JSON.stringify(held)])
    held = []
  }
  if (held.length > 0) await client.query(insert, [JSON.stringify(held)])
}

function postgresType(type: string): string {
  if (/^U?(TINYINT|SMALLINT|INTEGER)$|^BIGINT$/.test(type)) return 'bigint'
  if (type === 'FLOAT') return 'real'
  if (type === 'DOUBLE') return 'double precision'
  if (type === 'BOOLEAN') return 'boolean'
  if (type === 'DATE') return 'date'
  if (type === 'TIMESTAMP WITH TIME ZONE') return 'timestamptz'
  if (type.startsWith('TIMESTAMP')) return 'timestamp'
  return type.startsWith('DECIMAL') ? type.toLowerCase().replace('decimal', 'numeric') : 'text'
}
