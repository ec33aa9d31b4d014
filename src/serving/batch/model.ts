import type { KeyType } from '../../kernel/assignment.ts'
import type { Json } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { DecisionKind } from '../model.ts'

/** What makes a batch job the job it is: the hash of this is its id, so submitting twice is the same job. */
export interface BatchTerms {
  readonly deployment: string
  /** `sha256:<hex>` of the release that scores; its bytes, features, thresholds and action. */
  readonly release: string
  /** Hash of the rows, and of the sources its features are joined from. */
  readonly snapshot: string
  readonly partitionRows: number
  /** Instant at which features are read; null: at each row's own time, in the column `time`. */
  readonly asOf: string | null
  readonly time: string | null
  /** Columns of the rows that stand in the output, in order. */
  readonly keep: readonly string[]
  readonly to: BatchTarget
  readonly kind: Extract<DecisionKind, 'batch' | 'shadow'>
  readonly log: boolean
  /** Hash of the code that scores. */
  readonly code: string
}

/** Where outputs become visible: a folder of Parquet files, or a table. */
export type BatchTarget =
  | { readonly kind: 'parquet'; readonly path: string }
  | { readonly kind: 'duckdb'; readonly path: string; readonly table: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly table: string }

export type BatchState = 'running' | 'complete' | 'failed' | 'cancelled'

export interface BatchJob {
  readonly id: string
  readonly terms: BatchTerms
  readonly releaseNumber: number
  readonly rows: number
  readonly state: BatchState
  /** The pipeline run that works, or worked last, on it. */
  readonly run: string | null
  readonly pipeline: string
  readonly createdAt: Micros
  readonly by: string
  /** When it ended; null while it runs. */
  readonly endedAt: Micros | null
  /** What it came to, once it is complete or has failed. */
  readonly report: Json | null
}

/** Rows [from, to) of the input. */
export interface Partition {
  readonly partition: number
  readonly from: number
  readonly to: number
}

/** One row of the manifest: a partition whose files are there, synced. Keyed by job and partition. */
export interface CommittedPartition {
  readonly job: string
  readonly partition: number
  /** Attempt whose files count; files of others are discarded. */
  readonly attempt: string
  readonly rows: number
  readonly outputs: number
  readonly quarantined: number
  readonly acted: number
  /** sha256 of the file of outputs. */
  readonly sha256: string
  readonly cpuMicros: number
  /** Scores in twenty equal bins of [0, 1]; others count at the ends. */
  readonly scores: readonly number[]
  readonly committedAt: Micros
}

export const badRowCodes = [
  'NULL_NOT_ALLOWED',
  'WRONG_TYPE',
  'NOT_AN_INTEGER',
  'OUT_OF_RANGE',
  'BAD_KEY',
  'SPINE_TIME_NULL',
  'SCORER_FAILED',
] as const
export type BadRowCode = (typeof badRowCodes)[number]

/** A row that is put aside, and why. */
export interface QuarantinedRow {
  readonly row: number
  readonly code: BadRowCode
  /** Column that is wrong; null: the row as a whole. */
  readonly column: string | null
}

/** The bucket space in which units were drawn, so that batch and online say the same of a row. */
export interface BatchAssignment {
  readonly salt: string
  readonly unit: readonly { readonly name: string; readonly type: KeyType }[]
}

/** Rows of a partition as typed columns. */
export interface BatchRows {
  readonly count: number
  /** Of each row, 0 or what is wrong with it: see {@link badNumber}. */
  readonly bad: Int32Array
  /** Vector columns in signature order; NaN = missing. */
  readonly columns: readonly Float64Array[]
  /** Request fields of a row, as far as segments, units and records read them. */
  entity(row: number): Readonly<Record<string, Value>>
}
