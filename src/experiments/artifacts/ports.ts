import type { Micros } from '../../kernel/time.ts'
import type { ArtifactOwner, StoredArtifact } from '../tracking/model.ts'

/** Which content has a path, newest row of each path; a row without a hash says that it was removed. */
export interface ArtifactFileStore {
  add(
    owner: ArtifactOwner,
    files: readonly { readonly path: string; readonly hash: string | null; readonly bytes: number }[],
    at: Micros,
  ): Promise<void>
  find(owner: ArtifactOwner, path: string): Promise<StoredArtifact | undefined>
  /** The file of that path and all below it as a folder, by path; all files when it is empty. */
  below(owner: ArtifactOwner, path: string): Promise<readonly StoredArtifact[]>
}

/** The part of the object store that artifacts use. */
export interface ArtifactBytes {
  has(hash: string): Promise<boolean>
  putStream(
    chunks: AsyncIterable<Uint8Array>,
    expect?: { readonly bytes?: number; readonly hash?: string },
  ): Promise<{ readonly hash: string; readonly bytes: number }>
  read(hash: string, range?: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>
}
