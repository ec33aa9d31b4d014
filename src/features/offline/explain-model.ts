import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { TrainingSetClosure } from '../model.ts'

/** Which row to explain: its `__row` in the set's full spine, or the keys and the time a row would have. */
export type ExplainedRow =
  | { readonly row: number }
  | { readonly keys: Readonly<Record<string, Value>>; readonly time: Micros }

export interface ExplainRequest {
  readonly closure: TrainingSetClosure
  readonly of: ExplainedRow
  /** Nothing known later than this exists. */
  readonly asOf: Micros
  readonly projectFolder: string
  /** Most candidates that lost, and most counted rows from each end of a window; default 5. */
  readonly limit?: number
  readonly signal?: AbortSignal
}

/** A source row as native JSON by column; times are RFC 3339. */
export interface ExplainedSourceRow {
  readonly eventTime: string | null
  readonly knownTime: string | null
  readonly sequence: string | null
  readonly columns: Readonly<Record<string, Json>>
}

/**
 * Why a row was not taken: it happens after the row's time · it was not known by then · its known time is null · same event
 * time but smaller in the total order · the winner happened later.
 */
export type LossReason =
  | 'later event'
  | 'known only later'
  | 'never known'
  | 'smaller in a tie'
  | 'older event'

/** A looked-up view: one row wins for all of its features (features.md §3). */
export interface ExplainedLookup {
  readonly kind: 'lookup'
  readonly name: string
  readonly view: string
  readonly keys: Readonly<Record<string, Json>>
  /** The greatest candidate, also when it is a tombstone or outside the look-back; null if there is none. */
  readonly winner: ExplainedSourceRow | null
  /** Why the winner's values are not used; null when they are. */
  readonly refused: 'null key' | 'no row' | 'tombstone' | 'outside look-back' | null
  /** Earliest event time inside the look-back; null without one. */
  readonly lookbackFrom: string | null
  readonly features: readonly {
    readonly name: string
    readonly value: Json
    readonly status: 'P' | 'N' | 'F' | 'A'
  }[]
  /** Rows of the key that lost: the newest first. */
  readonly losers: readonly (ExplainedSourceRow & { readonly reason: LossReason })[]
}

/** One window feature: which rows counted (features.md §4). */
export interface ExplainedWindow {
  readonly kind: 'window'
  readonly name: string
  readonly view: string
  readonly keys: Readonly<Record<string, Json>>
  readonly operator: string
  readonly column: string | null
  /** Event times from this, inclusive; null: from the beginning. */
  readonly from: string | null
  /** Event times before this. */
  readonly to: string
  /** Rows inside the edges that existed and satisfied the condition, nulls of the column included. */
  readonly counted: number
  readonly nulls: number
  readonly first: readonly ExplainedSourceRow[]
  readonly last: readonly ExplainedSourceRow[]
  /** Rows inside the edges that did not count, by reason. */
  readonly excluded: {
    readonly 'known only later': number
    readonly 'replaced by a newer version': number
    readonly tombstone: number
    readonly condition: number
  }
  /** The first of those known only later. */
  readonly knownLater: readonly ExplainedSourceRow[]
}

/** Where every feature of one training row comes from. Plain JSON. */
export interface RowExplanation {
  /** `__row`, if the row was named by it. */
  readonly row: number | null
  readonly time: string
  readonly asOf: string
  /** The spine row's columns, or the given keys. */
  readonly spine: Readonly<Record<string, Json>>
  readonly lookups: readonly (ExplainedLookup | ExplainedWindow)[]
}
