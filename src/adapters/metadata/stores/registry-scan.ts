import { type Kysely, type SqlBool, sql } from 'kysely'
import type { Place } from '../../../experiments/index.ts'
import type { ModelRecord } from '../../../registry/index.ts'
import type {
  ModelOrderField,
  RecordScan,
  Scanned,
  StoredVersion,
  VersionOrderField,
} from '../../../registry/ports.ts'
import type { Schema } from '../schema.ts'
import { modelRecords, models, versionRecords, versions } from './registry-rows.ts'

const modelColumns: Readonly<Record<ModelOrderField, string>> = {
  name: 'name',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
}
const versionColumns: Readonly<Record<VersionOrderField, string>> = {
  name: 'm.name',
  version: 'v.version',
  createdAt: 'v.created_at',
  updatedAt: 'v.updated_at',
}

/** Fewest rows read at once: a filter may keep few of them. */
const leastRead = 200

export function scanModels(
  db: Kysely<Schema>,
  scan: RecordScan<ModelRecord, ModelOrderField>,
): Promise<Scanned<ModelRecord>> {
  const { order, narrow } = scan
  return scanRecords(
    scan,
    (model, field) => model[field],
    async (after, count) => {
      let query = models(db)
      if (narrow.name !== undefined) query = query.where('name', '=', narrow.name)
      if (after !== undefined) query = query.where(later(keysOf(order, modelColumns), after))
      for (const { field, ascending } of order)
        query = query.orderBy(sql.ref(modelColumns[field]), ascending ? 'asc' : 'desc')
      return modelRecords(db, await query.limit(count).execute())
    },
  )
}

export function scanVersions(
  db: Kysely<Schema>,
  scan: RecordScan<StoredVersion, VersionOrderField>,
): Promise<Scanned<StoredVersion>> {
  const { order, narrow } = scan
  return scanRecords(scan, placeOf, async (after, count) => {
    let query = versions(db)
    if (narrow.name !== undefined) query = query.where('m.name', '=', narrow.name)
    if (narrow.run !== undefined) query = query.where('v.run', '=', narrow.run)
    if (after !== undefined) query = query.where(later(keysOf(order, versionColumns), after))
    for (const { field, ascending } of order)
      query = query.orderBy(sql.ref(versionColumns[field]), ascending ? 'asc' : 'desc')
    return versionRecords(db, await query.limit(count).execute())
  })
}

const placeOf = (version: StoredVersion, field: VersionOrderField): string | number | bigint =>
  field === 'name' ? version.model : version[field]

interface OrderKey {
  readonly column: string
  readonly ascending: boolean
}

const keysOf = <Field extends string>(
  order: readonly { readonly field: Field; readonly ascending: boolean }[],
  columns: Readonly<Record<Field, string>>,
): OrderKey[] => order.map(({ field, ascending }) => ({ column: columns[field], ascending }))

/** Rows behind a place in the order: equal in some first columns, then later in one. */
function later(keys: readonly OrderKey[], place: Place) {
  const parts = keys.map(({ column, ascending }, i) => {
    const equal = keys.slice(0, i).map((key, j) => sql`${sql.ref(key.column)} = ${place[j]}`)
    const beyond = sql`${sql.ref(column)} ${ascending ? sql`>` : sql`<`} ${place[i]}`
    return sql`(${sql.join([...equal, beyond], sql` and `)})`
  })
  return sql<SqlBool>`(${sql.join(parts, sql` or `)})`
}

/** Reads on in pieces until a page is full or nothing is left. */
async function scanRecords<Field extends string, Item>(
  { order, matches, after, limit }: RecordScan<Item, Field>,
  keyOf: (item: Item, field: Field) => string | number | bigint,
  read: (after: Place | undefined, count: number) => Promise<readonly Item[]>,
): Promise<Scanned<Item>> {
  const place = (item: Item) => order.map(({ field }) => keyOf(item, field))
  const found: Item[] = []
  for (let from = after; ; ) {
    const count = Math.max(leastRead, Math.min(limit + 1 - found.length, 1_000))
    const rows = await read(from, count)
    found.push(...rows.filter(matches))
    const last = rows.at(-1)
    if (found.length > limit || rows.length < count || last === undefined) break
    from = place(last)
  }
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return found.length > limit && last !== undefined ? { items, end: place(last) } : { items }
}
