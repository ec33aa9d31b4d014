/** One row; whole numbers may come as numbers, bigints or decimal text. */
export type Row = Readonly<Record<string, unknown>>

/** A database that is only read. Parameters are written `?`. */
export interface SqlReader {
  tables(): Promise<ReadonlySet<string>>
  all(sql: string, values: readonly string[]): Promise<readonly Row[]>
  close(): Promise<void>
}

/** Rows by the text of a column. */
export function rowsBy(rows: readonly Row[], column: string): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = String(row[column])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}
