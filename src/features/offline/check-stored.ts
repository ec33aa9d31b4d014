import { contentChecksum, type Field, runValues } from '../../kernel/values/index.ts'
import type { OfflineSession } from './ports.ts'

export interface StoredSet {
  readonly path: string
  readonly fields: readonly Field[]
  readonly rows: number
}

/**
 * Reads a stored set back: gives its content checksum, and makes sure that all rows are there in the order of `__row`.
 */
export async function checkStored(
  session: OfflineSession,
  { path, fields, rows }: StoredSet,
): Promise<string> {
  const checksum = contentChecksum(fields)
  let [read, last] = [0, -1n]
  for await (const batch of session.readParquet(path, fields)) {
    const [position] = batch.columns
    if (position)
      for (const row of runValues(position, 'int64')) {
        if ((row as bigint) <= last) throw new Error('the stored rows are out of order')
        last = row as bigint
      }
    checksum.addColumns(batch.columns, batch.rows)
    read += batch.rows
  }
  if (read !== rows) throw new Error(`${read} rows were stored of ${rows}`)
  return checksum.digest()
}
