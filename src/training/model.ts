import type { CandidateData } from '../definitions/model.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Quantity } from '../kernel/statistics/index.ts'
import type { ValueType } from '../kernel/values/model.ts'

/** One input of the vector. */
export interface FeatureColumn {
  readonly name: string
  readonly type: ValueType
}

/** Params of the action `training.train`. */
export interface TrainParams {
  /** Experiment to track under; the pipeline's name when left out. */
  readonly experiment?: string
  readonly candidate: CandidateData
  readonly label: string
  readonly features: readonly FeatureColumn[]
  readonly split: { readonly train: string; readonly judge: string }
  readonly task: 'binary'
}

/** Params of the action `training.evaluate`. */
export interface EvaluateParams {
  readonly features: readonly FeatureColumn[]
  readonly label: string
  readonly judge: string
  /** Columns of the training set; `month` is the UTC month of `time`. */
  readonly slices: readonly string[]
  readonly time: string
}

/** What a training set folder holds, as far as training needs it. */
export interface TrainingData {
  readonly id: string
  readonly checksum: string
  readonly rows: number
  /** Absolute paths. */
  readonly files: readonly string[]
}

/** Output `summary` of `training.train`. */
export interface TrainSummary {
  readonly candidate: string
  readonly trainer: string
  readonly experimentRun: string
  readonly format: string
  readonly trainingSet: { readonly id: string; readonly checksum: string; readonly rows: number }
  readonly metrics: Readonly<Record<string, Quantity>>
  readonly parity: Json
  /** The exported files scored in this process. */
  readonly selfTest: { readonly scorer: string; readonly vectors: number; readonly maxAbsDiff: number }
  readonly environment: Json
  readonly seconds: number
}

/** Column of a training set that holds the name of the split a row belongs to. */
export const splitColumn = '__split'
