import type { Kysely } from 'kysely'
import type { ArtifactEntry } from '../../../experiments/index.ts'
import type { Schema } from '../schema.ts'

interface StoredEntry extends ArtifactEntry {
  readonly seq: number
}

/** The entry of each path with the greatest seq. */
async function currentEntries(db: Kysely<Schema>, run: string): Promise<Map<string, StoredEntry>> {
  const rows = await db
    .selectFrom('run_artifacts')
    .select(['path', 'seq', 'hash', 'bytes'])
    .where('run', '=', run)
    .orderBy('path')
    .orderBy('seq')
    .execute()
  return new Map(rows.map(row => [row.path, row]))
}

export async function addArtifacts(
  db: Kysely<Schema>,
  run: string,
  entries: readonly ArtifactEntry[],
): Promise<number> {
  const current = await currentEntries(db, run)
  let added = 0
  for (const { path, hash, bytes } of entries) {
    const known = current.get(path)
    if (known?.hash === hash) continue
    const entry = { path, hash, bytes, seq: (known?.seq ?? 0) + 1 }
    await db
      .insertInto('run_artifacts')
      .values({ run, ...entry })
      .execute()
    current.set(path, entry)
    added += 1
  }
  return added
}

export async function listArtifacts(db: Kysely<Schema>, run: string): Promise<readonly ArtifactEntry[]> {
  const current = await currentEntries(db, run)
  return [...current.values()].map(({ path, hash, bytes }) => ({ path, hash, bytes }))
}
