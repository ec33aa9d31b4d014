import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { ArtifactFileStore, ArtifactOwner, StoredArtifact } from '../../../../experiments/index.ts'
import { micros } from '../../columns.ts'
import type { Schema } from '../../schema.ts'
import { insertRows } from './bulk.ts'
import { kindOf } from './search-fields.ts'

interface FileRow {
  readonly path: string
  readonly hash: string
  readonly bytes: number
  readonly at: number | bigint
}

export function artifactFileStore(db: Kysely<Schema>): ArtifactFileStore {
  const current = (owner: ArtifactOwner, which: RawBuilder<unknown>) => currentFiles(db, owner, which)
  return {
    async add(owner, files, at) {
      const paths = sql.join(files.map(({ path }) => path))
      const { rows } = await sql<{ path: string; last: number }>`select path, max(seq) as last
        from artifact_files where owner_kind = ${owner.kind} and owner = ${owner.id} and path in (${paths})
        group by path`.execute(db)
      const last = new Map(rows.map(row => [row.path, row.last]))
      await insertRows(
        { db, kind: kindOf(db) },
        {
          table: 'artifact_files',
          columns: ['owner_kind', 'owner', 'path', 'seq', 'hash', 'bytes', 'at'],
          rows: files.map(({ path, hash, bytes }) => [
            ...[owner.kind, owner.id, path],
            ...[(last.get(path) ?? 0) + 1, hash, bytes, at],
          ]),
        },
      )
    },
    async find(owner, path) {
      const [file] = await current(owner, sql`f.path = ${path}`)
      return file
    },
    // What follows the slash in the order of code points is the digit 0.
    below: (owner, path) =>
      current(
        owner,
        path === ''
          ? sql`1 = 1`
          : sql`(f.path = ${path} or (f.path > ${`${path}/`} and f.path < ${`${path}0`}))`,
      ),
  }
}

async function currentFiles(
  db: Kysely<Schema>,
  { kind, id }: ArtifactOwner,
  which: RawBuilder<unknown>,
): Promise<readonly StoredArtifact[]> {
  const { rows } = await sql<FileRow>`select f.path as path, f.hash as hash, f.bytes as bytes, f.at as at
    from artifact_files as f where f.owner_kind = ${kind} and f.owner = ${id} and ${which} and f.hash is not null
      and not exists (select 1 from artifact_files as n where n.owner_kind = f.owner_kind and n.owner = f.owner
        and n.path = f.path and n.seq > f.seq)
    order by f.path`.execute(db)
  return rows.map(({ path, hash, bytes, at }) => ({ path, hash, bytes, at: micros(at) }))
}
