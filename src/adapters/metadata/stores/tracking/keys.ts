import { sql } from 'kysely'
import type { KeyIds } from '../../../../experiments/ports.ts'
import { type Connection, insertRows, isIn } from './bulk.ts'

/** Numbers of key names. They never change, so those that are committed may be kept as long as the database is. */
export interface KeyCache {
  get(name: string): number | undefined
  set(name: string, id: number): void
}

/** What a transaction sees may be its own, and be rolled back: it is only kept once it is committed. */
export interface TransactionKeys extends KeyCache {
  /** To be called after the commit. */
  keep(): void
}

const cacheLimit = 100_000

/** For one database: committed numbers only. */
export function createKeyCache(): KeyCache {
  const known = new Map<string, number>()
  return {
    get: name => known.get(name),
    set(name, id) {
      if (known.size >= cacheLimit) known.clear()
      known.set(name, id)
    },
  }
}

export function transactionKeys(committed: KeyCache): TransactionKeys {
  const seen = new Map<string, number>()
  return {
    get: name => committed.get(name) ?? seen.get(name),
    set: (name, id) => void seen.set(name, id),
    keep() {
      for (const [name, id] of seen) committed.set(name, id)
    },
  }
}

export async function findKeys(
  connection: Connection,
  cache: KeyCache,
  names: Iterable<string>,
): Promise<KeyIds> {
  const found = new Map<string, number>()
  const unknown: string[] = []
  for (const name of names) {
    const id = cache.get(name)
    if (id === undefined) unknown.push(name)
    else found.set(name, id)
  }
  if (unknown.length === 0) return found
  const rows = await connection.db
    .selectFrom('tracking_keys')
    .selectAll()
    .where(isIn(connection, sql`name`, unknown))
    .execute()
  for (const { id, name } of rows) {
    found.set(name, id)
    cache.set(name, id)
  }
  return found
}

/** Only in a transaction: numbers are given one after another. */
export async function ensureKeys(
  connection: Connection,
  cache: KeyCache,
  names: Iterable<string>,
): Promise<KeyIds> {
  const all = new Set(names)
  const found = new Map(await findKeys(connection, cache, all))
  const missing = [...all].filter(name => !found.has(name))
  if (missing.length === 0) return found
  const { last } = await connection.db
    .selectFrom('tracking_keys')
    .select(sql<number>`coalesce(max(id), 0)`.as('last'))
    .executeTakeFirstOrThrow()
  const rows = missing.map((name, index) => [last + index + 1, name] as const)
  await insertRows(connection, { table: 'tracking_keys', columns: ['id', 'name'], rows })
  for (const [id, name] of rows) {
    found.set(name, id)
    cache.set(name, id)
  }
  return found
}
