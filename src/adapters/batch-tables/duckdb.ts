import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { quoteName, quoteText } from '../../serving/index.ts'
import type { OutputFile } from './model.ts'

/**
 * Puts the outputs of a job into a table of a DuckDB file in one transaction; rows of an earlier try go with it, so a repeat
 * changes nothing. The table is made where it is missing: column `job`, then those of the outputs.
 */
export async function writeDuckDBTable(
  { path, table, job }: { readonly path: string; readonly table: string; readonly job: string },
  files: readonly OutputFile[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const instance = await DuckDBInstance.create(path).catch(cause => {
    throw new FettleError('SOURCE_UNREADABLE', `${path} cannot be opened for writing: ${messageOf(cause)}`, {
      cause,
      hint: 'Is another process writing to it?',
    })
  })
  const connection = await instance.connect()
  const name = quoteName(table)
  const list = files.map(file => quoteText(file.path)).join(', ')
  const rows = `SELECT ${quoteText(job)} AS job, * FROM read_parquet([${list}])`
  try {
    await connection.run('BEGIN')
    await connection.run(`CREATE TABLE IF NOT EXISTS ${name} AS ${rows} LIMIT 0`)
    await connection.run(`DELETE FROM ${name} WHERE job = ${quoteText(job)}`)
    await connection.run(`INSERT INTO ${name} BY NAME ${rows}`)
    await connection.run('COMMIT')
  } catch (cause) {
    throw new FettleError(
      'SCHEMA_MISMATCH',
      `table "${table}" of ${path} does not take the rows of the job: ${messageOf(cause).split('\n')[0]}`,
      { cause, hint: 'Name another table, or keep the columns it has.' },
    )
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
