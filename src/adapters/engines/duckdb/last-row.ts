import { DuckDBInstance } from '@duckdb/node-api'
import type { Json } from '../../../kernel/canonical.ts'

/** The last row of a Parquet file, as JSON by column: an example to show. undefined for a file without rows. */
export async function lastRow(
  path: string,
  columns: readonly string[],
): Promise<Readonly<Record<string, Json>> | undefined> {
  if (columns.length === 0) return {}
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const quoted = columns.map(column => `"${column.replaceAll('"', '""')}"`).join(', ')
    const file = path.replaceAll("'", "''")
    const reader = await connection.runAndReadAll(
      `SELECT ${quoted} FROM read_parquet('${file}', file_row_number = true) ORDER BY file_row_number DESC LIMIT 1`,
    )
    const [row] = reader.getRowObjectsJson()
    return (
      row &&
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, exampleValue(value as Json)]))
    )
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** The engine writes 64-bit integers as text; a number reads better where it is exact. */
function exampleValue(value: Json): Json {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
}
