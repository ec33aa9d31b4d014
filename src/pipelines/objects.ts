import type { FileEntry } from './model.ts'

/**
 * Content-addressed bytes: the hash is `sha256:<hex>` of the bytes. Writing the same bytes twice stores them once.
 * An object is visible whole or not at all, also after a crash; once visible it is durable.
 */
export interface ObjectStore {
  putBytes(bytes: Uint8Array): Promise<{ readonly hash: string; readonly bytes: number }>
  /** Copies (or links) a file in; the file may not change meanwhile. */
  putFile(path: string): Promise<{ readonly hash: string; readonly bytes: number }>
  /** Throws OBJECT_UNKNOWN, or OBJECT_CORRUPT if the bytes do not have the hash. */
  getBytes(hash: string): Promise<Uint8Array>
  /** Materialises the object at `path` (a new file, read-only, whole or absent). */
  getFile(hash: string, path: string): Promise<void>
  has(hash: string): Promise<boolean>
  /** Takes the bytes away, for good; absent already is done. */
  remove(hash: string): Promise<void>
  /** A local path to read the object in place, where the store has one (file system); else undefined. */
  localPath(hash: string): string | undefined
}

/** Every file below a folder, stored; entries sorted by path. The directory's hash is the contentHash of the entries. */
export type StoreDirectory = (
  store: ObjectStore,
  folder: string,
) => Promise<{ readonly hash: string; readonly bytes: number; readonly files: readonly FileEntry[] }>
