import type { SegmentThreshold, ThresholdSetData } from '../../definitions/index.ts'
import type { Quantity } from '../../kernel/statistics/index.ts'

/** What thresholds would do to the rows of the judging half. */
export interface EffectPreview {
  /** Shares of rows acted on, before and after, on the judging half. */
  readonly actionRate: { readonly before: Quantity; readonly after: Quantity }
  readonly realised: { readonly fpr: Quantity; readonly recall: Quantity; readonly precision: Quantity }
  /** Rows a week that would be acted on and were not, and the other way; point and Clopper-Pearson upper bound. */
  readonly flips: {
    readonly newlyActed: number
    readonly noLonger: number
    readonly perWeek: Quantity
    readonly perWeekUpper: Quantity
  }
}

/** One segment of a threshold set, with what the new value would do. */
export interface SegmentPreview extends SegmentThreshold, EffectPreview {
  /** Its value; `all` where there is one threshold for all, `(otherwise)` for rows of no listed segment. */
  readonly segment: string
  /** `infeasible`: nothing can be promised, so what served goes on; `new`: chosen for the first time. */
  readonly change: 'kept' | 'moved' | 'capped' | 'infeasible' | 'new'
  /** What `pool` must be before anything can be promised. */
  readonly needed: number
  /** Realised false-positive rate drawn towards that of all segments: an estimate to look at, never a promise. */
  readonly shrunkFpr: Quantity
}

/** A threshold set as computed, and its effect against what serves. */
export interface ThresholdsReport {
  readonly schema: 1
  readonly set: ThresholdSetData
  /** Largest upper bound of flips first. */
  readonly segments: readonly SegmentPreview[]
  /** Over all segments together. */
  readonly total: EffectPreview
  /** How many segments came to each change. */
  readonly changes: Readonly<Record<SegmentPreview['change'], number>>
  /** Examples of rows newly acted on, the highest scores first. */
  readonly examples: readonly {
    readonly row: number
    readonly segment: string
    readonly score: number
    readonly names: Readonly<Record<string, string | number | null>>
  }[]
}
