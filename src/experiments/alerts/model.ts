import type { Micros } from '../../kernel/time.ts'

/** What a rule looks for in every run of its experiment. */
export type AlertTest =
  /** A metric became NaN; any, without a key. */
  | { readonly kind: 'nan'; readonly key?: string }
  /** A point outside the bounds. */
  | { readonly kind: 'bound'; readonly key: string; readonly above?: number; readonly below?: number }
  /** The latest step is so many steps after the best one. */
  | {
      readonly kind: 'stalled'
      readonly key: string
      readonly steps: number
      readonly better: 'lower' | 'higher'
    }
  | { readonly kind: 'failed' }
  | { readonly kind: 'lost' }
  /** All files of a run together are larger. */
  | { readonly kind: 'artifacts'; readonly bytes: number }

export interface AlertRule {
  readonly id: string
  /** Its number; null: every experiment. */
  readonly experiment: number | null
  readonly owner: string
  readonly test: AlertTest
  readonly createdAt: Micros
  /** Until then its alerts are kept and not shown as open. */
  readonly mutedUntil: Micros | null
}

/** What a rule found in a run: once, however often it is so. */
export interface RunAlert {
  /** Rule id; `lost` for the rule that every run has. */
  readonly rule: string
  readonly run: string
  readonly experiment: number
  /** Who is told: of the rule, or of the run for `lost`. */
  readonly owner: string
  readonly kind: AlertTest['kind']
  readonly message: string
  readonly at: Micros
  /** When what was wrong was over: only a lost run comes back. */
  readonly closedAt: Micros | null
}
