import type { Confusion, Interval, Quantity, RateName } from '../kernel/statistics/index.ts'

export type MetricName = 'roc_auc' | 'pr_auc' | 'log_loss' | 'brier' | 'ece'

/** What is measured on any set of rows; every number stands with its rows. */
export interface Measurement {
  readonly rows: number
  readonly positives: number
  readonly baseRate: Quantity
  readonly scoreMean: Quantity
  readonly metrics: Readonly<Record<MetricName, Quantity>>
  /** 95 % two-sided: DeLong for the AUC, Wilson for the base rate. */
  readonly intervals: { readonly roc_auc: MaybeInterval; readonly base_rate: MaybeInterval }
}

export type MaybeInterval = Interval | { readonly undefined: string }

export interface SliceMeasurement extends Measurement {
  /** The column's value as text, `(missing)` or `(other)`; `2001-04` for months. */
  readonly value: string
}

export interface SliceReport {
  /** A column of the training set, or `month`. */
  readonly column: string
  /** Months in order of time, other columns by falling rows, `(other)` and `(missing)` last. */
  readonly values: readonly SliceMeasurement[]
  /** Distinct values before the smaller ones became `(other)`. */
  readonly distinct: number
}

export interface ThresholdReport {
  /** `base-rate`: as many rows are acted on as are positive, as nearly as ties allow. */
  readonly at: 'half' | 'base-rate'
  /** A row is acted on iff its score is greater. */
  readonly threshold: number
  readonly confusion: Confusion
  readonly rates: Readonly<Record<RateName, Quantity>>
}

/** One point of the reliability diagram, with the Wilson interval of its rate. */
export interface ReliabilityBin {
  readonly n: number
  readonly positives: number
  readonly meanScore: Quantity
  readonly rate: Quantity
  readonly interval: MaybeInterval
}

/** How well a model did on held-out rows: plain JSON, at most about 64 KiB. */
export interface EvaluationReport {
  readonly schema: 1
  readonly split: string
  readonly all: Measurement
  /** Rows of the split without a label, which are not judged. */
  readonly unlabelled: number
  readonly thresholds: readonly ThresholdReport[]
  readonly calibration: { readonly binning: 'equal_count'; readonly bins: readonly ReliabilityBin[] }
  readonly slices: readonly SliceReport[]
  /** What scored: an evaluation speaks for this scorer. */
  readonly scorer: { readonly kind: string; readonly build: string }
}
