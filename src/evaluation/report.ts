import type { Confusion, Interval, Quantity, RateName } from '../kernel/statistics/index.ts'
import type { FoldsReport } from './folds/folds-report.ts'
import type { IntervalMethod, MetricName } from './metrics/metric-table.ts'
import type { Task } from './rows.ts'

/** What is measured on any set of rows; every number stands with its rows. */
export interface Measurement {
  /** With a label or without. */
  readonly rows: number
  /** Rows with a label: on them all but action rate and mean score are measured. Absent in reports of schema 1, where all have one. */
  readonly matured?: number
  /** Matured rows divided by the design effect of repeated entities and unequal weights. */
  readonly effective?: number
  /** null where the label is not a class of two. */
  readonly positives: number | null
  readonly baseRate: Quantity
  readonly scoreMean: Quantity
  readonly metrics: Readonly<Partial<Record<MetricName, Quantity>>>
  /** 95 % two-sided, by the methods of the report; a reason where there is none. */
  readonly intervals: Readonly<Partial<Record<MetricName, MaybeInterval>>>
}

export type MaybeInterval = Interval | { readonly undefined: string }

export interface SliceMeasurement extends Measurement {
  /** The column's value as text, `(missing)` or `(other)`; `2001-04` for months. */
  readonly value: string
}

export interface SliceReport {
  /** A column of the training set, `month`, or the name of a declared slice. */
  readonly column: string
  /** Months in order of time, other columns by falling rows, `(other)` and `(missing)` last. */
  readonly values: readonly SliceMeasurement[]
  /** Distinct values before the smaller ones became `(other)`. */
  readonly distinct: number
}

export interface ThresholdReport {
  /** `base-rate`: as many rows are acted on as are positive, as nearly as ties allow. */
  readonly at: 'half' | 'base-rate' | 'given' | 'cheapest'
  /** A row is acted on iff its score is greater. */
  readonly threshold: number
  readonly confusion: Confusion
  readonly rates: Readonly<Record<RateName, Quantity>>
  /** Absent in reports of schema 1. */
  readonly intervals?: Readonly<Partial<Record<MetricName, MaybeInterval>>>
}

/** One point of the reliability diagram, with the Wilson interval of its rate. */
export interface ReliabilityBin {
  readonly n: number
  readonly positives: number
  readonly meanScore: Quantity
  readonly rate: Quantity
  readonly interval: MaybeInterval
}

/** How well a model did on held-out rows: plain JSON. */
export interface EvaluationReport {
  readonly schema: 1 | 2
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

/** A slice worse than the whole beyond noise. */
export interface HarmedSlice {
  /** Cell of the slice set: `origin=ORD`. */
  readonly slice: string
  readonly rows: number
  /** The metric by which it is worst. */
  readonly metric: MetricName
  readonly value: number
  readonly whole: number
  readonly interval: Interval
  /** How much larger the error is than the whole's, at the least (the interval's near end): 0.4 is 40 % more; 0 is none. */
  readonly harm: number
}

/** A slice nobody declared, found on one half of the rows and measured on the other. */
export interface DiscoveredSlice {
  /** `distance 500 … 900 × origin=ORD`. */
  readonly where: string
  /** Of the measuring half. */
  readonly rows: number
  /** Mean loss of its rows and of the other rows. */
  readonly loss: {
    readonly name: 'log_loss' | 'absolute_error' | 'error' | 'cost'
    readonly value: number
    readonly rest: number
  }
  /** Of the difference, 95 %. */
  readonly interval: Interval
  /** Benjamini-Hochberg over all slices that were measured. */
  readonly q: number
}

/** What errors cost at each threshold. */
export interface CostCurve {
  readonly falsePositive: number
  readonly falseNegative: number
  readonly points: readonly CostPoint[]
  /** The point of least cost; it was chosen on these rows, so its cost is optimistic. */
  readonly least: CostPoint | null
}
export interface CostPoint {
  readonly threshold: number
  /** Mean cost of a matured row. */
  readonly cost: number
  readonly interval: MaybeInterval
  /** Share of matured rows acted on. */
  readonly actionRate: number
}

/** A calibration fitted on one half of the rows and measured on the other. */
export interface RecalibratedReport {
  readonly kind: 'none' | 'platt' | 'isotonic'
  /** Of the measuring half. */
  readonly rows: number
  readonly ece: { readonly value: Quantity; readonly interval: MaybeInterval }
  readonly logLoss: { readonly value: Quantity; readonly interval: MaybeInterval }
}

/** Rows by what is known of their label. */
export interface CoverageReport {
  readonly rows: number
  readonly matured: number
  readonly immature: number
  readonly unobservable: number
}

/** An evaluation of judged rows: all of `EvaluationReport`, for any task, and what the page of a release shows. */
export interface RowsEvaluation extends EvaluationReport {
  readonly schema: 2
  readonly task: Task
  /** Hash of the rows, and of the slices as declared. */
  readonly rowSet: string
  readonly sliceSet: string
  readonly coverage: CoverageReport
  /** How the interval of each metric was made. */
  readonly methods: Readonly<Partial<Record<MetricName, IntervalMethod>>>
  /** Most harmed first; only those worse than the whole beyond noise. */
  readonly harmed: readonly HarmedSlice[]
  readonly discovered: readonly DiscoveredSlice[]
  /** What calibrating the scores would do; empty where they are no probabilities. */
  readonly recalibrated: readonly RecalibratedReport[]
  readonly costs: CostCurve | null
  readonly folds: FoldsReport | null
}
