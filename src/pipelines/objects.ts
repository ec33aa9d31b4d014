import type { Micros } from '../kernel/time.ts'
import type { FileEntry } from './model.ts'

/**
 * Content-addressed bytes: the hash is `sha256:<hex>` of the bytes. Writing the same bytes twice stores them once.
 * An object is visible whole or not at all, also after a crash; once visible it is durable.
 */
export interface ObjectStore {
  putBytes(bytes: Uint8Array): Promise<{ readonly hash: string; readonly bytes: number }>
  /** Copies (or links) a file in; the file may not change meanwhile. */
  putFile(path: string): Promise<{ readonly hash: string; readonly bytes: number }>
  /**
   * Stores what a stream brings, in constant memory. With `expect`, other content is refused (UPLOAD_INCOMPLETE); after
   * any refusal, or when the stream breaks, nothing is stored.
   */
  putStream(
    chunks: AsyncIterable<Uint8Array>,
    expect?: { readonly bytes?: number; readonly hash?: string },
  ): Promise<{ readonly hash: string; readonly bytes: number }>
  /**
   * The bytes in pieces, or those of a range (end exclusive, cut to what there is). The whole is checked while it
   * streams: what does not have the hash ends in OBJECT_CORRUPT before its last piece. Of a range nothing can be checked.
   * Throws OBJECT_UNKNOWN.
   */
  read(hash: string, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>
  /** Every object, in no order, with the time it was last put: for collection. */
  all(): AsyncIterable<{ readonly hash: string; readonly bytes: number; readonly at: Micros }>
  /** Throws OBJECT_UNKNOWN, or OBJECT_CORRUPT if the bytes do not have the hash. */
  getBytes(hash: string): Promise<Uint8Array>
  /** Materialises the object at `path` (a new file, read-only, whole or absent). */
  getFile(hash: string, path: string): Promise<void>
  has(hash: string): Promise<boolean>
  /** Takes the bytes away, for good; absent already is done. */
  remove(hash: string): Promise<void>
  /** A local path to read the object in place, where it is on this machine now; it stays for an hour at least. */
  localPath(hash: string): string | undefined
  /** The same, brought to this machine first where the store is elsewhere. Undefined: there is no such object. */
  locate(hash: string): Promise<string | undefined>
}

/** Every file below a folder, stored; entries sorted by path. The directory's hash is the contentHash of the entries. */
export type StoreDirectory = (
  store: ObjectStore,
  folder: string,
) => Promise<{ readonly hash: string; readonly bytes: number; readonly files: readonly FileEntry[] }>
