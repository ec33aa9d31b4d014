import type { CodedColumn } from './slices/coded-column.ts'

export type Task = 'binary' | 'multiclass' | 'regression' | 'ranking'

/**
 * Rows to judge: one decision each, as columns of equal length. They come from a training set's held-out part, from
 * decision records with their labels, or from a plain table of predictions.
 */
export interface JudgedRows {
  readonly task: Task
  readonly rows: number
  /** Content hash of the rows: stored with every result, and the seed of every draw. */
  readonly hash: string
  /** Binary 0 or 1, index of a class, a number, or a relevance ≥ 0; NaN where there is no label (yet). */
  readonly labels: Float64Array
  /**
   * Why a row has no label: 0 has one, 1 immature, 2 unobservable, 3 left out of every share of labels: too
   * young to be judged, or one of those that never have one. Absent: every row without a label is immature.
   */
  readonly unlabelled?: Uint8Array
  /** ≥ 0; absent: 1 each. */
  readonly weights?: Float64Array
  /** Microseconds since the epoch; NaN where unknown. */
  readonly times?: Float64Array
  /** The unit that repeats; absent: every row is its own. −1 is its own too. */
  readonly entities?: CodedColumn
  /** Query of a row, for ranking. */
  readonly queries?: CodedColumn
  /** Names of the classes, for multiclass. */
  readonly classes?: readonly string[]
  /** Columns to slice and segment by, and those that name a row to a reader. NaN and −1 are missing. */
  readonly columns: Readonly<Record<string, Float64Array | CodedColumn>>
}

/** What one model said of the rows. */
export interface ModelOutputs {
  /** Calibrated probability of the positive class, predicted number, or ranking score; for multiclass that of the chosen class. */
  readonly scores: Float64Array
  /** Multiclass: row-major [rows × classes]. */
  readonly classScores?: Float64Array
  /** Multiclass: index of the class given; absent: the most probable one. */
  readonly chosen?: Int32Array
  /** 1 where the deployment would act; absent where nothing acts. */
  readonly actions?: Uint8Array
}

/** One cell of a slice set: which rows belong to it. */
export interface ResolvedSlice {
  /** `all`, `origin=ORD`, `origin=ORD × month=2001-04`, or the name of a predicate or list. */
  readonly name: string
  /** Name of the declared slice it is a cell of; `all`. */
  readonly slice: string
  readonly value: string | null
  /** Ascending row numbers. */
  readonly rows: Int32Array
}
