import type { MetadataDatabase } from './database.ts'
import { openSqlite } from './sqlite/open.ts'

export type { MetadataDatabase } from './database.ts'
export { type FolderLock, lockFolder } from './sqlite/folder-lock.ts'
export type { Stores } from './stores/index.ts'

export type MetadataConfig =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** Opens (and for SQLite makes) the metadata store. Call `migrate` before anything else. */
export async function openMetadata(config: MetadataConfig): Promise<MetadataDatabase> {
  if (config.kind === 'sqlite') return openSqlite(config.path)
  // The driver loads where it is used: SQLite's users start without it.
  const { openPostgres } = await import('./postgres/open.ts')
  return openPostgres(config.url)
}
