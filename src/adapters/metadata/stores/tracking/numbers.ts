import { sql } from 'kysely'
import type { Connection } from './bulk.ts'

type Numbered = 'tracking_experiments' | 'tracking_runs' | 'logged_models'

const nameOf = (table: Numbered) => `last number of ${table}`

/**
 * The greatest number that was given, to rows that were purged too: what is kept under a number, here or in memory, must
 * never be taken for another's.
 */
export async function lastNumber({ db }: Connection, table: Numbered): Promise<number> {
  const { rows } = await sql<{ last: number }>`select coalesce(max(id), 0) as last from (
    select max(id) as id from ${sql.table(table)}
    union all select cast(value as bigint) from tracking_secrets where name = ${nameOf(table)}) as given`.execute(
    db,
  )
  return rows[0]?.last ?? 0
}

/** To be called before rows are removed. */
export async function keepLastNumber(connection: Connection, table: Numbered): Promise<void> {
  const value = String(await lastNumber(connection, table))
  await connection.db
    .insertInto('tracking_secrets')
    .values({ name: nameOf(table), value })
    .onConflict(conflict => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
