import pg from 'pg'
import type { SourceData, SourceLocation } from '../../../definitions/model.ts'
import { type Batch, id } from '../../../features/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import { messageOf } from '../../../kernel/message-of.ts'
import type { Field, Value } from '../../../kernel/values/index.ts'
import type { Workspace } from './workspace.ts'

const batchRows = 2048

/**
 * Copies the declared columns of a Postgres table into a temporary table of text, written as in CSV, in one
 * repeatable-read transaction. Throws SOURCE_UNREADABLE when the variable, the server or the table is not there.
 */
export async function loadPostgresTable(
  workspace: Workspace,
  source: SourceData,
  from: SourceLocation & { kind: 'postgres' },
): Promise<string> {
  const url = process.env[from.url]
  if (!url)
    throw new FettleError(
      'SOURCE_UNREADABLE',
      `source "${source.name}": the environment variable ${from.url} is not set`,
    )
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    await client.query("SET LOCAL TimeZone = 'UTC'; SET LOCAL extra_float_digits = 1")
    const columns = await postgresColumns(client, source, from.table)
    const table = `pg_${source.name}`
    await workspace.run(
      `CREATE TEMP TABLE ${id(table)} (${columns.map(column => `${id(column.name)} VARCHAR`).join(', ')})`,
    )
    const select = columns.map(column => `${column.expression} AS ${id(column.name)}`).join(', ')
    await client.query(`DECLARE rows CURSOR FOR SELECT ${select} FROM ${quoted(from.table)}`)
    const fields: Field[] = columns.map(column => ({ name: column.name, type: 'string' }))
    for (;;) {
      workspace.signal?.throwIfAborted()
      const { rows } = await client.query<(string | null)[]>({
        text: `FETCH ${batchRows} FROM rows`,
        rowMode: 'array',
      })
      if (rows.length === 0) return id(table)
      await workspace.append(table, fields, [batchOf(rows, fields.length)])
    }
  } catch (error) {
    if (error instanceof FettleError || workspace.signal?.aborted) throw error
    const message = messageOf(error)
    throw new FettleError(
      'SOURCE_UNREADABLE',
      `source "${source.name}" (table ${from.table}) cannot be read: ${message}`,
      { cause: error },
    )
  } finally {
    await client.end().catch(() => undefined)
  }
}

function batchOf(rows: readonly (readonly (string | null)[])[], width: number): Batch {
  const columns = Array.from({ length: width }, (_, index) => ({
    kind: 'values' as const,
    values: rows.map((row): Value => row[index] ?? null),
  }))
  return { rows: rows.length, columns }
}

interface PostgresColumn {
  readonly name: string
  readonly expression: string
}

async function postgresColumns(
  client: pg.Client,
  source: SourceData,
  table: string,
): Promise<PostgresColumn[]> {
  const { fields } = await client.query(`SELECT * FROM ${quoted(table)} LIMIT 0`)
  const oids = new Map(fields.map(field => [field.name, field.dataTypeID]))
  const found = source.columns.filter(column => oids.has(column.name))
  if (found.length === 0)
    throw new FettleError(
      'SCHEMA_MISMATCH',
      `source "${source.name}" (table ${table}): none of the declared columns is there`,
      { details: { source: source.name, table } },
    )
  return found.map(column => ({
    name: column.name,
    expression: asText(id(column.name), oids.get(column.name) ?? 0),
  }))
}

const [boolean, bytea, timestamp, timestamptz] = [16, 17, 1114, 1184]

/** Postgres values in the text forms of CSV sources: ISO times, base64 bytes, true and false. */
function asText(column: string, oid: number): string {
  if (oid === boolean) return `CASE WHEN ${column} THEN 'true' WHEN NOT ${column} THEN 'false' END`
  if (oid === bytea) return `translate(encode(${column}, 'base64'), E'\\n', '')`
  if (oid === timestamp) return `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US')`
  if (oid === timestamptz) return `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  return `${column}::text`
}

function quoted(table: string): string {
  return table.split('.').map(id).join('.')
}
