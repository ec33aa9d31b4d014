import type { Interval, Quantity } from '../../kernel/statistics/index.ts'
import type { Verdict } from './contracts.ts'

export type GroupMetric =
  | 'base_rate'
  | 'selection_rate'
  | 'tpr'
  | 'fpr'
  | 'accuracy'
  | 'precision'
  | 'score_mean'
  | 'label_mean'
  | 'ece'

export interface GroupMeasurement {
  readonly group: string
  readonly rows: number
  readonly matured: number
  /** Rates with Wilson's interval, 95 % two-sided, for display; means and undefined rates have none. */
  readonly metrics: Readonly<
    Record<GroupMetric, { readonly value: Quantity; readonly interval: Interval | null }>
  >
}

/** Highest against lowest group of one metric. */
export interface Disparity {
  readonly metric: GroupMetric | 'equalized_odds'
  readonly difference: Quantity
  readonly ratio: Quantity
  readonly highest: string | null
  readonly lowest: string | null
  /** Of the difference: Newcombe, one-sided 0.05 per bound. */
  readonly interval: Interval | null
  /** What a contract holds the difference against; null, as its verdict, where there is none. */
  readonly limit: number | null
  readonly verdict: Verdict | null
  /** Who is worse off, in words. */
  readonly sentence: string
}

/** One sensitive column, or a cross of two. */
export interface FairnessColumn {
  readonly column: string
  /** `no-attribute`: no row has a value, and nothing is inferred; else null. */
  readonly undefined: 'no-attribute' | null
  /** The 50 largest, `(other)` and `(missing)`. */
  readonly groups: readonly GroupMeasurement[]
  readonly disparities: readonly Disparity[]
  readonly fourFifths: {
    /** Lowest share of selected rows over the highest; selected are those acted on, or spared where acting is a burden. */
    readonly ratio: Quantity
    readonly lowest: string | null
    readonly highest: string | null
    readonly verdict: Verdict | null
    readonly reason: string | null
    readonly lower: Quantity
    readonly upper: Quantity
  }
  /** The numbers as Fairlearn and SageMaker Clarify give them, under their names. */
  readonly fairlearn: Readonly<Record<string, Quantity>>
  readonly clarify: Readonly<Record<string, Readonly<Record<string, Quantity>>>>
  /** Features that tell the groups apart, AUC > 0.75, strongest first. */
  readonly proxies: readonly { readonly feature: string; readonly group: string; readonly auc: number }[]
}

export interface FairnessReport {
  readonly schema: 1
  readonly rowSet: string
  readonly minDenominator: number
  readonly columns: readonly FairnessColumn[]
}

/** How much each input moves the raw score: mean |φ| over a sample, and over the sampled rows of each slice. */
export interface ImportanceReport {
  readonly schema: 1
  /** `path_dependent`, `interventional`, `linear`, `permutation`. */
  readonly variant: string
  readonly rows: number
  readonly features: readonly { readonly feature: string; readonly share: number; readonly meanAbs: number }[]
  readonly slices: readonly {
    readonly slice: string
    readonly rows: number
    /** The features whose share differs most from the whole, largest difference first. */
    readonly features: readonly {
      readonly feature: string
      readonly share: number
      readonly overall: number
    }[]
  }[]
}
