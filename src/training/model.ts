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
  /** Set when a recorded training is done again: with what was recorded, in an environment of its own. */
  readonly again?: RecordedTraining
}

/** A file by its content. */
export interface RecordedFile {
  /** Relative, forward slashes. */
  readonly path: string
  readonly hash: string
}

/** What a training was done with, as far as a trainer can be given it again. */
export interface RecordedTraining {
  /** `late@3`: tag `fettle.reproduces` of the tracked run. */
  readonly reproduces: string
  readonly threads: number
  /** The lock, the package files it was installed from and the trainers' own code; null for the built-in trainer. */
  readonly python: {
    readonly lock: string
    readonly packages: readonly RecordedFile[]
    readonly trainers: readonly RecordedFile[]
    /** The project's own trainer with the modules beside it. */
    readonly script: readonly RecordedFile[]
  } | null
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
  /** Where it was trained. */
  readonly machine: Machine
  readonly threads: number
  readonly seed: number
  /** What the trainer fixed so that equal data gives equal bytes. */
  readonly switches: Json
  readonly seconds: number
  /** Seconds of making the environment, where one was made for this training. */
  readonly environmentSeconds?: number
}

/** A computer as far as it can make a result differ. */
export interface Machine {
  /** `linux 6.1.0 x64`. */
  readonly system: string
  readonly cpu: string
  readonly cpus: number
  readonly node: string
}

/** Column of a training set that holds the name of the split a row belongs to. */
export const splitColumn = '__split'
