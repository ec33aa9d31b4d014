import type { Micros } from '../../kernel/time.ts'
import type { LoggedModel, LoggedModelStatus } from '../tracking/model.ts'

export interface StoredLoggedModel extends LoggedModel {
  /** The number that stands for the model inside. */
  readonly ref: number
}

/** By key number. */
export type NumberedFacts = ReadonlyMap<number, string>

/** Logged models that are not deleted; a deleted one is as if it were not there. */
export interface LoggedModelStore {
  /** In the order of the ids. */
  find(ids: readonly string[]): Promise<readonly StoredLoggedModel[]>
  /** Answers its number. */
  insert(
    model: Omit<LoggedModel, 'params' | 'tags' | 'metrics' | 'experiment'> & { readonly experiment: number },
  ): Promise<number>
  change(
    ref: number,
    change: { readonly status?: LoggedModelStatus; readonly deleted?: true; readonly updatedAt: Micros },
  ): Promise<void>
  /** Replaces values of the same keys. */
  write(kind: 'params' | 'tags', ref: number, facts: NumberedFacts): Promise<void>
  /** False when there was none. */
  removeTag(ref: number, key: number): Promise<boolean>
}
