import type { Quantity } from '../../kernel/statistics/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { FeatureStatus, Value } from '../../kernel/values/index.ts'

/** What a feature was, for one request. */
export interface Answer {
  readonly value: Value
  readonly status: FeatureStatus
}

/** A logged answer beside what the definitions give for the same request today. */
export interface SkewPair {
  readonly logged: Answer
  readonly replayed: Answer
  /** What the replay gives at earlier cutoffs, within the view's freshness. */
  readonly lagged?: readonly Answer[]
  /** Greatest absolute difference that the order of a float sum explains (features.md §4.6). */
  readonly bound?: number
}

/** In the order they are tested (features.md §11.2). */
export const skewClasses = [
  'equal',
  'rounding',
  'lag',
  'status_mismatch',
  'missing',
  'extra',
  'mismatch',
] as const
export type SkewClass = (typeof skewClasses)[number]

/** How many (request, feature) pairs fell in each class, and what follows from it. */
export interface SkewNumbers extends Readonly<Record<SkewClass, number>> {
  readonly requests: number
  /** (mismatch + missing + extra + status_mismatch) / requests. */
  readonly mismatchRate: Quantity
  /** Σ|a−b| / Σ(|a|+|b|) over pairs of finite numbers; times in µs. */
  readonly smape: Quantity
  /** Of lists; null for other types. */
  readonly lists: { readonly lengthDifference: number; readonly editDistance: number } | null
}

export interface SkewDay extends SkewNumbers {
  /** UTC, `2026-03-01`. */
  readonly day: string
}

/** One of the worst differences, with where both sides come from. */
export interface SkewRow {
  readonly id: string
  readonly class: SkewClass
  /** RFC 3339: the instant the request was answered for. */
  readonly asOf: string
  /** What the caller sent, as native JSON. */
  readonly request: Readonly<Record<string, unknown>>
  readonly logged: {
    readonly value: unknown
    readonly status: FeatureStatus
    readonly eventTime: string | null
  }
  readonly replayed: { readonly value: unknown; readonly status: FeatureStatus; readonly view: string | null }
}

export interface FeatureSkew extends SkewNumbers {
  readonly feature: string
  /** `name@v3`; null for on-demand outputs. */
  readonly view: string | null
  readonly days: readonly SkewDay[]
  /** At most ten, the worst first. */
  readonly worst: readonly SkewRow[]
}

export type SkewVerdict = 'pass' | 'fail' | 'inconclusive'

/** What served features and their replay have in common (features.md §11.3, §11.4). Plain JSON. */
export interface SkewReport {
  readonly verdict: SkewVerdict
  /** Rows that were replayed. */
  readonly requests: number
  readonly minRequests: number
  readonly from: string | null
  readonly to: string | null
  readonly features: readonly FeatureSkew[]
  /** One sentence each: what does not fail but is to be known. */
  readonly warnings: readonly string[]
}

/** One row of a log of served features. */
export interface LoggedRow {
  /** By which the row is found in its log. */
  readonly id: string
  readonly asOf: Micros
  /** Keys and request fields, by name. */
  readonly request: Readonly<Record<string, Value>>
  /** By feature name; features the log does not hold are left out. */
  readonly answers: ReadonlyMap<string, Answer & { readonly eventTime: Micros | null }>
}
