import { type Kysely, sql } from 'kysely'
import type { ReferenceStore } from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import { kindOf } from './search-fields.ts'

/** Tables that name no object, or only as history; every other one is read, so that a new one is not forgotten. */
const without = [
  /^fettle_/,
  /^sqlite_/,
  /^audit_/,
  /^metric_/,
  /^tracking_/,
  /^saved_view/,
  /^autonomy/,
  /^suggestion/,
  /^run_documents$/,
  /^artifact_files$/,
]

const users: readonly (readonly [RegExp, string])[] = [
  [/^registered_/, 'model versions'],
  [/^release|^deploy/, 'releases'],
  [/^pipeline_/, 'pipelines'],
  [/^definition_builds$/, 'training sets'],
  [/^reproduction/, 'reproduction'],
]

const ownerNames: Readonly<Record<string, string>> = {
  run: 'runs',
  loggedModel: 'logged models',
  path: 'artifact proxy',
}

const pageSize = 1_000

export function referenceStore(db: Kysely<Schema>): ReferenceStore {
  return {
    async *references(since) {
      yield* fileReferences(db, since)
      yield* otherReferences(db)
    },
    besideFiles: () => otherReferences(db),
  }
}

async function* otherReferences(db: Kysely<Schema>) {
  for (const [table, columns] of await textColumns(db)) {
    if (without.some(pattern => pattern.test(table))) continue
    const user = users.find(([pattern]) => pattern.test(table))?.[1] ?? table
    for await (const text of textsOf(db, table, columns)) yield { user, text }
  }
}

/** Present content, and content that another row replaced after the time. */
async function* fileReferences(db: Kysely<Schema>, since: bigint) {
  const { rows } = await sql<{
    kind: string
    hash: string
  }>`select distinct f.owner_kind as kind, f.hash as hash
    from artifact_files as f where f.hash is not null and not exists (select 1 from artifact_files as n
      where n.owner_kind = f.owner_kind and n.owner = f.owner and n.path = f.path and n.seq > f.seq
        and n.at < ${since})`.execute(db)
  for (const { kind, hash } of rows) yield { user: ownerNames[kind] ?? kind, text: hash }
}

async function textColumns(db: Kysely<Schema>): Promise<ReadonlyMap<string, readonly string[]>> {
  const query =
    kindOf(db) === 'sqlite'
      ? sql<{ name: string; field: string }>`select t.name as name, c.name as field
          from sqlite_master as t join pragma_table_info(t.name) as c on lower(c.type) = 'text'
          where t.type = 'table' order by t.name, c.cid`
      : sql<{ name: string; field: string }>`select table_name as name, column_name as field
          from information_schema.columns where table_schema = current_schema() and data_type = 'text'
          order by table_name, ordinal_position`
  const columns = new Map<string, string[]>()
  for (const { name, field } of (await query.execute(db)).rows)
    columns.set(name, [...(columns.get(name) ?? []), field])
  return columns
}

async function* textsOf(db: Kysely<Schema>, table: string, columns: readonly string[]) {
  const place = sql.raw(kindOf(db) === 'sqlite' ? 'rowid' : 'ctid')
  const start = kindOf(db) === 'sqlite' ? sql`0` : sql`'(0,0)'::tid`
  const text = sql.join(
    columns.map(column => sql`coalesce(${sql.ref(column)}, '')`),
    sql` || ' ' || `,
  )
  for (let after = start; ; ) {
    const { rows } = await sql<{
      place: string | number
      text: string
    }>`select ${place} as place, ${text} as text
      from ${sql.table(table)} where ${place} > ${after} order by ${place} limit ${pageSize}`.execute(db)
    for (const row of rows) yield row.text
    const last = rows.at(-1)
    if (rows.length < pageSize || last === undefined) return
    after = kindOf(db) === 'sqlite' ? sql`${last.place}` : sql`${last.place}::tid`
  }
}
