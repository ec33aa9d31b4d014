import type { SegmentThreshold, ThresholdSetData } from '../../definitions/index.ts'
import type { Quantity } from '../../kernel/statistics/index.ts'

/** One segment of a threshold set, with what the new value would do. */
export interface SegmentPreview extends SegmentThreshold {
  readonly segment: string
  /** `kept`, `moved`, `capped`, `infeasible`, `new`. */
  readonly change: 'kept' | 'moved' | 'capped' | 'infeasible' | 'new'
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

/** A threshold set as computed, and its effect against what serves. */
export interface ThresholdsReport {
  readonly schema: 1
  readonly set: ThresholdSetData
  /** Largest upper bound of flips first. */
  readonly segments: readonly SegmentPreview[]
  /** Examples of rows newly acted on, the highest scores first. */
  readonly examples: readonly {
    readonly row: number
    readonly segment: string
    readonly score: number
    readonly names: Readonly<Record<string, string | number | null>>
  }[]
}
