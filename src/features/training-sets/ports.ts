import type { Micros } from '../../kernel/time.ts'
import type { Field } from '../../kernel/values/index.ts'
import type { TrainingSetManifest } from '../model.ts'
import type { Batch } from '../offline/index.ts'

/** One build of a training set as remembered: its manifest is kept for ever, whatever becomes of its bytes. */
export interface TrainingSetRecord {
  readonly id: string
  readonly name: string
  /** Of the builds of this name, from 1: `late_flights@v3`. */
  readonly number: number
  /** Version of the definition it was built from. */
  readonly definitionVersion: number
  readonly manifest: TrainingSetManifest
  readonly pipelineRun: string | null
  /** Who started the run that built it; null where no run did. */
  readonly author: string | null
  readonly at: Micros
}

/** Where builds are remembered. */
export interface TrainingSetRecords {
  find(id: string): Promise<TrainingSetRecord | undefined>
  /** Newest first; of one name, or of all. */
  list(name?: string): Promise<readonly TrainingSetRecord[]>
}

/** Part of a stored set: these columns of the rows of a split, by position among them, `from` up to but without `to`. */
export interface RowQuery {
  readonly columns: readonly Field[]
  readonly split: string | null
  readonly from: number
  readonly to: number | null
}

/** Reads Parquet files of stored sets, in row order. */
export interface StoredRows {
  stream(path: string, query: RowQuery): AsyncIterable<Batch>
  /** Writes the part as a Parquet file. */
  copy(path: string, query: RowQuery, to: string): Promise<void>
}

/** Rows as one Arrow IPC stream. */
export type EncodeArrow = (fields: readonly Field[], batches: AsyncIterable<Batch>) => Promise<Uint8Array>
