import type { PredicateData } from './model.ts'

/** How a release gets from verified to champion (releases.md §8). Durations are settings; the numbers of rows are not. */
export interface RolloutData {
  /** How long a challenger scores beside the champion before it answers anybody; default 24h. */
  readonly shadow: string
  /** Share of champion rows a shadow scores, 0 < share ≤ 1; default 1. */
  readonly shadowShare?: number
  /** `same`: the champion's resolved vector, byte for byte (default); `own`: it looks its own features up. */
  readonly shadowFeatures?: 'same' | 'own'
  /** Percent of traffic per step, ascending; default [1, 5, 25, 50]. */
  readonly canary: readonly number[]
  /** How long each step is held, one per step; default 6h, 24h, 24h, 24h. */
  readonly stepTime: readonly string[]
  /** At 100 % with the former champion warm beside it; default 14d. */
  readonly probation: string
  /** How long a retired champion is kept warm; default 7d. */
  readonly standby: string
  /** Probation that is not decided by then is held; default 28d. */
  readonly probationLimit: string
  /** How often evidence is looked at; default 60s. */
  readonly look: string
  /**
   * Request fields that name the unit which sticks to its arm, in order; default the entity keys of the request. Without any,
   * the request id decides and nothing sticks.
   */
  readonly unit?: readonly string[]
  /** Who moves a rollout forward: `person` (default), or the rule when every guard holds. It is always taken back by rule. */
  readonly advance: 'person' | 'rule'
  /** Different people who must approve a canary beside whoever asks; default 0. */
  readonly approvals?: number
  /** Units that always go to one arm: test accounts. Text of the unit's key parts → arm. */
  readonly pins?: readonly { readonly unit: readonly string[]; readonly arm: 'champion' | 'challenger' }[]
  /** Rows that never leave the champion. */
  readonly exclude?: readonly PredicateData[]
}

/** Units that never get the model, so that its worth can be measured (releases.md §16). */
export interface HoldbackData {
  /** Percent of units, 0 < percent ≤ 50. */
  readonly percent: number
  /** What answers them: the constant (default), or the release that was champion when the holdback began. */
  readonly baseline: 'fallback' | 'former'
}

/**
 * A link of the fallback chain before the constant (releases.md §13). `former`: the release that was champion before. `rule`:
 * the first case whose predicates all hold on the request or looked-up columns. `value`: a naive forecast, a looked-up
 * feature as it is, or scaled.
 */
export type FallbackLinkData =
  | { readonly kind: 'former' }
  | {
      readonly kind: 'rule'
      readonly name: string
      readonly cases: readonly { readonly where: readonly PredicateData[]; readonly score: number }[]
      readonly otherwise: number
    }
  | { readonly kind: 'value'; readonly column: string; readonly scale?: number; readonly offset?: number }

/** The constant at the end of the chain, and the links that are tried before it. */
export interface FallbackData {
  readonly kind: 'constant'
  readonly score: number
  readonly before?: readonly FallbackLinkData[]
}

/** What may be said of a prediction afterwards (serving.md §10). */
export interface FeedbackData {
  /** Unique in its deployment; what callers send as `kind`. */
  readonly name: string
  /** `label`: what really happened, in the model's terms; `yes-no`: a person's word; `correction`: the right value; `outcome`: an amount of the business. */
  readonly is: 'label' | 'yes-no' | 'correction' | 'outcome'
  /** Of a number; labels of a binary task are 0 or 1. */
  readonly range?: { readonly from: number; readonly to: number }
  readonly unit?: string
  /** How long after the decision it may still join by entity key and time; default 30d. */
  readonly within: string
  /**
   * Sources whose word counts, the most trusted first: of two values known at one time the earlier source's wins. Others are
   * kept and never used. Absent: every source but `demo`.
   */
  readonly sources?: readonly string[]
}
