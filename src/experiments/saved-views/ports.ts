import type { SavedView, ViewVersion } from './model.ts'

/** Saved views with all their versions. */
export interface SavedViewStore {
  /** The first version. */
  insert(view: SavedView): Promise<void>
  /** The next version; the one before stays readable. */
  append(view: SavedView): Promise<void>
  find(id: string, version?: number): Promise<SavedView | undefined>
  findByName(experiment: string, name: string): Promise<SavedView | undefined>
  /** By name. */
  list(experiment: string): Promise<readonly SavedView[]>
  /** Newest first. */
  versions(id: string): Promise<readonly ViewVersion[]>
  /** With all its versions. */
  remove(id: string): Promise<void>
}
