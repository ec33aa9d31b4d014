import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Field, Value } from '../../kernel/values/index.ts'

/** `not_evaluated`: nothing to judge. `error`: could not be computed. Neither is ever a pass. */
export type CheckState = 'pass' | 'warn' | 'fail' | 'error' | 'not_evaluated'

/** What one check came to. Shares are undefined where nothing was evaluated. */
export interface CheckOutcome {
  readonly state: CheckState
  readonly evaluated?: number
  readonly unexpected?: number
  readonly shareOfEvaluated?: number
  readonly shareOfRows?: number
  readonly observed?: Json
  readonly lower?: number
  readonly upper?: number
  /** Why it was not evaluated, in lower-case words. */
  readonly reason?: string
  /** Why it could not be computed. */
  readonly code?: string
  readonly missing?: readonly string[]
  readonly extra?: readonly string[]
}

/** Rows by a relation of a session: what a check is compiled against. */
export interface CheckedRelation {
  readonly relation: string
  readonly columns: readonly Field[]
}

/** A batch that was measured before. */
export interface BatchFact {
  /** Day of the run, UTC: `2026-01-26`. */
  readonly date: string
  readonly rows: number
}

/** What a judgement needs beside the rows. */
export interface CheckFacts {
  /** The run's clock. */
  readonly now: Micros
  /** Earlier batches, oldest first. */
  readonly history: readonly BatchFact[]
  /** Missing rows and rows of the reference, by check. */
  readonly missing: Readonly<Record<string, { readonly missing: number; readonly rows: number }>>
}

/** What was measured for a check: counts and numbers, from SQL or from rows in memory alike. */
export type Measure =
  /** Rows after `where`, rows that are judged, rows that are bad. */
  | { readonly kind: 'rows'; readonly rows: number; readonly evaluated: number; readonly unexpected: number }
  /** Numbers or one value; `evaluated` counts the rows they were taken from. */
  | {
      readonly kind: 'observed'
      readonly rows: number
      readonly evaluated: number
      readonly values: readonly Value[]
    }
  | { readonly kind: 'holds'; readonly evaluated: number; readonly holds: boolean }
  | { readonly kind: 'counts'; readonly counts: readonly number[] }
  | { readonly kind: 'unjudged'; readonly reason: string }
  | { readonly kind: 'error'; readonly code: string }
