import { type Selectable, sql } from 'kysely'
import type { FactKind, FactRows, StoredFact } from '../../../../experiments/ports.ts'
import { type Connection, givenIntegers, groupRows, insertRows, isIn } from './bulk.ts'
import type { TrackingTables } from './tables.ts'

const tables = { params: 'tracking_params', tags: 'tracking_tags' } as const

export function factRows(connection: Connection): FactRows {
  const { db } = connection
  return {
    async find(kind, pairs) {
      if (pairs.length === 0) return []
      const { rows } = await sql<Selectable<TrackingTables['tracking_params']>>`
        select f.* from ${givenIntegers(connection, pairs)}
        join ${sql.table(tables[kind])} as f on f.run = given.c0 and f.key = given.c1`.execute(db)
      return rows
    },
    write: (kind, facts) => writeFacts(connection, kind, facts),
    async remove(kind, [run, key]) {
      const { numDeletedRows } = await db
        .deleteFrom(tables[kind])
        .where('run', '=', run)
        .where('key', '=', key)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    async ofRuns(kind, runs) {
      const rows = await db
        .selectFrom(tables[kind])
        .innerJoin('tracking_keys', 'tracking_keys.id', `${tables[kind]}.key`)
        .select(['run', 'name', 'value'])
        .where(isIn(connection, sql`run`, runs))
        .orderBy('name')
        .execute()
      const groups = groupRows(
        rows,
        row => row.run,
        row => [row.name, row.value] as const,
      )
      // Object.fromEntries defines members: a key such as __proto__ is only a key.
      return new Map([...groups].map(([run, entries]) => [run, Object.fromEntries(entries)]))
    },
  }
}

function writeFacts(connection: Connection, kind: FactKind, facts: readonly StoredFact[]): Promise<void> {
  return insertRows(connection, {
    table: tables[kind],
    columns: ['run', 'key', 'experiment', 'value'],
    rows: facts.map(({ run, key, experiment, value }) => [run, key, experiment, value]),
    conflict: 'on conflict (run, key) do update set value = excluded.value',
  })
}
