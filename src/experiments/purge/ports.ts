import type { Micros } from '../../kernel/time.ts'

export interface PurgeableExperiment {
  readonly id: number
  readonly name: string
  readonly deleted: boolean
  /** When it was deleted, where it is. */
  readonly updatedAt: Micros
}

export interface PurgeableRun {
  readonly kind: 'run'
  readonly ref: number
  readonly id: string
  /** Undefined where it was deleted with its experiment, or nobody knows. */
  readonly deletedAt: Micros | undefined
}

export interface PurgeableModel {
  readonly kind: 'loggedModel'
  readonly ref: number
  readonly id: string
  /** Undefined where only its experiment is deleted. */
  readonly deletedAt: Micros | undefined
}

export type Purgeable = PurgeableRun | PurgeableModel

/** Rows of runs and logged models. */
export interface PurgeCounts {
  readonly runs: number
  readonly loggedModels: number
  readonly points: number
  readonly params: number
  readonly tags: number
  readonly files: number
}

export interface OwnedFile {
  readonly owner: string
  readonly hash: string
  readonly bytes: number
}

/** What keeps runs and logged models from being purged. */
export interface Holders {
  /** Model versions that are not deleted, and releases, by the id of the run or logged model they name. */
  readonly named: ReadonlyMap<string, readonly string[]>
  /** Runs by the run they read earlier points from. */
  readonly forks: readonly { readonly source: string; readonly fork: string }[]
}

export interface PurgeStore {
  /** Those that are deleted, or have deleted runs or logged models. By number. */
  experiments(): Promise<readonly PurgeableExperiment[]>
  /**
   * Deleted runs of an experiment and its deleted logged models, or all when it is deleted itself. Newest first; only
   * those that are still there among some.
   */
  members(experiment: number, among?: readonly Purgeable[]): Promise<readonly Purgeable[]>
  holders(): Promise<Holders>
  count(members: readonly Purgeable[]): Promise<PurgeCounts>
  /** Every content that rows of these name, replaced ones too. */
  files(members: readonly Purgeable[]): Promise<readonly OwnedFile[]>
  /** Who else among runs, logged models and the proxy has rows of these contents. */
  usersOf(hashes: readonly string[]): Promise<readonly { readonly owner: string; readonly hash: string }[]>
  /** Removes all that there is of them; their numbers are never given again. */
  remove(members: readonly Purgeable[]): Promise<void>
  /** Removes an experiment that has neither runs nor logged models left. False where it has. */
  removeExperiment(id: number): Promise<boolean>
}
