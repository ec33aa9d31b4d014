import type { PredicateData } from './model.ts'

/**
 * Rows that are looked at by themselves. A column slice gives one cell per value (its listed values, or the 50 largest and
 * `(other)`), and `(missing)` where a value is missing; the others give one cell. `month` is the UTC month of a row's time.
 */
export interface SliceData {
  /** Unique in its deployment; `all` is the whole population and cannot be declared. */
  readonly name: string
  readonly of: SliceOf
}
export type SliceOf =
  | { readonly kind: 'column'; readonly column: string; readonly values?: readonly string[] }
  /** All predicates hold. */
  | { readonly kind: 'predicate'; readonly where: readonly PredicateData[] }
  /** A named list, of key customers say. */
  | { readonly kind: 'members'; readonly column: string; readonly values: readonly string[] }
  | { readonly kind: 'cross'; readonly first: SliceOf; readonly second: SliceOf }

/** Metrics a contract may name (releases.md §2). */
export type ContractMetric =
  | 'action_rate'
  | 'score_mean'
  | 'fpr'
  | 'recall'
  | 'precision'
  | 'roc_auc'
  | 'pr_auc'
  | 'log_loss'
  | 'brier'
  | 'ece'
  | 'mae'
  | 'rmse'
  | 'r2'
  | 'cost'
  | 'error_rate'
  | 'slow_rate'
  | 'degraded_share'

/** How much worse is still the same, in the metric's unit; a relative margin is resolved once, when a release is judged. */
export type MarginData =
  | number
  | {
      /** Of the champion's value. */
      readonly relative: number
      /** Never less than this: a rate, or k events at the n of the look. */
      readonly floor: { readonly rate: number } | { readonly events: number }
    }

export type ClaimData =
  | { readonly form: 'atMost' | 'atLeast'; readonly metric: ContractMetric; readonly limit: number }
  | { readonly form: 'noWorse' | 'within'; readonly metric: ContractMetric; readonly margin: MarginData }
  | { readonly form: 'better'; readonly metric: ContractMetric; readonly by: number }
  | {
      readonly form: 'neverTrade'
      /** Held within `slack`, while `gain` improves by at least `by`. */
      readonly hold: 'fpr'
      readonly slack: number
      readonly gain: 'recall'
      readonly by: number
    }
  /** The difference between any two groups of a sensitive column (monitoring.md §8). */
  | {
      readonly form: 'fair'
      readonly metric: 'selection_rate' | 'tpr' | 'fpr' | 'accuracy' | 'precision'
      readonly column: string
      readonly limit: number
    }

export interface ContractData {
  /** Unique in its deployment. */
  readonly name: string
  readonly claim: ClaimData
  /** Names of declared slices, or `all`. */
  readonly slices: readonly string[]
  /** Protected cells decide; watched ones are only reported. */
  readonly status: 'protected' | 'watched'
  readonly stage: 'offline' | 'shadow' | 'canary' | 'probation'
  /** One-sided, per bound; default 0.05. */
  readonly alpha?: number
  /** Default 0.8. */
  readonly power?: number
  /** Default 1 offline, else 2. */
  readonly looks?: number
  /** Of traffic or of held-out rows; default 28d. */
  readonly window?: string
  /** Least matured share of a cohort; default 0.9. */
  readonly maturity?: number
  /** Column of the entity that repeats; default the deployment's. */
  readonly cluster?: string
  /** Observes so many releases before it may block. */
  readonly dryRun?: number
  /** What planning assumes where there is no history yet: disagreement share, champion's rate, true harm. */
  readonly assume?: { readonly disagreement?: number; readonly rate?: number; readonly harm?: number }
}

/** What a threshold is chosen for (releases.md §6). */
export type ThresholdTarget =
  /** P(false-positive rate > rate) ≤ delta. */
  | { readonly kind: 'fpr'; readonly rate: number; readonly delta: number }
  | { readonly kind: 'actionRate'; readonly rate: number; readonly atMost: boolean; readonly delta: number }
  | { readonly kind: 'precision'; readonly precision: number; readonly delta: number }
  | { readonly kind: 'cost'; readonly falsePositive: number; readonly falseNegative: number }
  /** At most so many actions a day. */
  | { readonly kind: 'capacity'; readonly perDay: number; readonly delta: number }

export interface ThresholdRuleData {
  readonly target: ThresholdTarget
  /** Column whose values are the segments; absent: one threshold for all. */
  readonly per?: string
  /** Coarser columns a small segment inherits from, nearest first. */
  readonly within?: readonly string[]
  /** Largest move of a threshold per cycle, in calibrated score; default 0.05. */
  readonly maxStep?: number
  /** Largest move of an action rate per cycle; default the larger of 20 % relative and 0.2 points. */
  readonly maxRateChange?: number
}

/** Where a segment's threshold comes from. */
export interface SegmentThreshold {
  /** Act iff calibrated score > value. */
  readonly value: number
  /**
   * `own`, `pooled(<parent>)`, `kept` (the former value still holds), `infeasible` (nothing can be promised: what served
   * goes on), `edited`.
   */
  readonly from: string
  /** Rows it was chosen from: all, matured negatives (or matured rows), and those of the pool. */
  readonly rows: number
  readonly matured: number
  readonly pool: number
  /** What is promised, in words of the rule: `P(FPR > 0.1) ≤ 0.05`; null where nothing is. */
  readonly guarantee: string | null
  readonly interval: { readonly lower: number; readonly upper: number } | null
  readonly former: number | null
  /** The uncapped candidate, where a cap held the value back. */
  readonly candidate: number | null
  readonly capHit: boolean
  /** Absent: that of the set. */
  readonly basis?: ThresholdSetData['basis']
}

/** All thresholds of one action: part of a release. */
export interface ThresholdSetData {
  readonly action: string
  readonly rule: ThresholdRuleData
  /** Of the rule and the code that computed it. */
  readonly ruleHash: string
  /** For a segment that is not listed. */
  readonly otherwise: SegmentThreshold
  readonly segments: Readonly<Record<string, SegmentThreshold>>
  /** Where the rows came from: hash of the row set, first and last instant (RFC 3339), maturity cut. */
  readonly basis: {
    readonly rowSet: string
    readonly from: string | null
    readonly to: string | null
    readonly maturity: number
  }
}

/** Why a deployment exists, in its readers' words, and by which number it is judged (releases.md §16). */
export interface PurposeData {
  readonly audience: string
  /** At most 600 characters. */
  readonly story: string
  readonly number: {
    readonly name: string
    readonly unit: string
    readonly direction: 'up' | 'down'
    readonly baseline: number
    readonly target: number
    /** The smallest change that matters. */
    readonly matters: number
  }
  readonly owner: string
  /** At most 90d. */
  readonly review: string
}

/** A reviewed sentence per reason code; every feature maps to one (monitoring.md §7). */
export interface ReasonData {
  readonly code: string
  readonly features: readonly string[]
  readonly sentence: string
  /** What could change it; absent where nothing can. */
  readonly change?: string
}
export interface ReasonTableData {
  readonly reviewedBy: string
  readonly version: string
  /** Contributions in this direction are adverse. Default up: a higher score is worse for who is scored. */
  readonly adverse: 'up' | 'down'
  readonly reasons: readonly ReasonData[]
}

export interface FairnessData {
  /** Columns kept in the training set beside the features; groups are their values, and crosses of two of them. */
  readonly columns: readonly string[]
  readonly crosses?: readonly (readonly [string, string])[]
  /** What being acted on is to who is acted on: says who is worse off and who counts as selected. Default a benefit. */
  readonly acting?: 'benefit' | 'burden'
  /** Groups with fewer in a denominator are undefined; default 30. */
  readonly minDenominator?: number
}
