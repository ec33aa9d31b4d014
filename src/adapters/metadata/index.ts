import type { MetadataDatabase } from './database.ts'
import { openPostgres } from './postgres/open.ts'
import { openSqlite } from './sqlite/open.ts'

export type { MetadataDatabase } from './database.ts'
export { type FolderLock, lockFolder } from './sqlite/folder-lock.ts'
export type { Stores } from './stores/index.ts'

export type MetadataConfig =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** Opens (and for SQLite makes) the metadata store. Call `migrate` before anything else. */
export function openMetadata(config: MetadataConfig): Promise<MetadataDatabase> {
  return config.kind === 'sqlite' ? openSqlite(config.path) : openPostgres(config.url)
}
