import type { FeatureViewData, LookupData, OnDemandData, SourceData } from '../definitions/model.ts'
import type {
  ContractData,
  ReasonTableData,
  SliceData,
  ThresholdSetData,
} from '../definitions/release-terms.ts'
import type { FallbackData, FeedbackData } from '../definitions/rollout-terms.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Micros } from '../kernel/time.ts'
import type { ValueType } from '../kernel/values/model.ts'

export interface SignatureField {
  readonly name: string
  readonly type: ValueType
  readonly nullable: boolean
  /** Of a tensor; -1 is any length. A plain column has none. */
  readonly shape?: readonly number[]
  readonly unit?: string
}
/** A setting of a call that is no input; left out, its default holds. */
export interface SignatureParam {
  readonly name: string
  readonly type: ValueType
  readonly default: Json
  readonly shape?: readonly number[]
}
export interface Signature {
  /** The vector, in order: what the scorer eats. */
  readonly inputs: readonly SignatureField[]
  readonly outputs: readonly SignatureField[]
  readonly params?: readonly SignatureParam[]
}

export interface ModelFile {
  readonly path: string
  readonly hash: string
  readonly bytes: number
}

/**
 * How the bytes are scored. `onnx`: model.onnx (and trees.json beside it for explanations); `linear`: linear.json; `oip`:
 * by another server of the Open Inference Protocol, which oip.json names.
 */
export type ModelFormat = 'onnx' | 'linear' | 'oip'
/** `mlflow`: a folder with an MLmodel that no scorer of ours reads. */
export type VersionFormat = ModelFormat | 'mlflow'

export interface ModelVersion {
  readonly model: string
  readonly version: number
  readonly createdAt: Micros
  readonly experimentRun: string | null
  readonly pipelineRun: string | null
  readonly format: VersionFormat
  /** null: none was recorded, and such a version cannot be released. */
  readonly signature: Signature | null
  /** Undefined is a value, never 0. */
  readonly metrics: Readonly<Record<string, number | { readonly undefined: string }>>
  readonly trainingSet: { readonly id: string; readonly checksum: string; readonly rows: number } | null
  /** Interpreter, platform, lock hash, packages. */
  readonly environment: Json
  readonly files: readonly ModelFile[]
  readonly evaluation: Json | null
  /** contentHash over everything above that identifies the bytes and their meaning. */
  readonly digest: string
}

export interface RegisteredModel {
  readonly name: string
  readonly description: string
  readonly createdAt: Micros
}

/** Aliases are a projection of this append-only history; version null means removed. */
export interface AliasEvent {
  readonly model: string
  readonly alias: string
  readonly version: number | null
  readonly at: Micros
  readonly by: string
  readonly reason: string
}

/**
 * Ships, rolls back and is fetched as one unit; immutable. `digest` is the contentHash of all other fields but number,
 * createdAt, parent and changed: the same model on the same terms is the same release, wherever it comes from.
 */
export interface Release {
  readonly schema: 1
  readonly deployment: string
  /** 1, 2, 3 … per deployment. */
  readonly number: number
  readonly digest: string
  readonly createdAt: string
  readonly model: {
    readonly name: string
    readonly version: number
    readonly digest: string
    readonly format: ModelFormat
    readonly files: readonly ModelFile[]
  }
  readonly signature: Signature
  readonly features: {
    /** Entity key and request fields a caller sends, in order. */
    readonly request: readonly {
      readonly name: string
      readonly type: ValueType
      readonly role: 'key' | 'request'
      readonly nullable: boolean
      readonly description: string | null
    }[]
    readonly lookups: readonly LookupData[]
    /** Column names of looked-up features are `<as>__<feature>`. */
    readonly fullNames: boolean
    readonly views: readonly (FeatureViewData & { readonly version: number; readonly semanticHash: string })[]
    /** Sources of the views, for column types. */
    readonly sources: readonly SourceData[]
    readonly onDemand: readonly OnDemandData[]
    /** Where each vector column comes from, in signature order. */
    readonly vector: readonly {
      readonly name: string
      readonly from: 'lookup' | 'onDemand' | 'request'
      readonly ref: string
    }[]
  }
  readonly action: { readonly name: string; readonly threshold: number } | null
  /** The chain that answers when the model cannot; `former` is resolved by what serves. */
  readonly fallback: FallbackData
  readonly deadline: string
  readonly log: 'written' | 'synced' | 'none'
  readonly environment: Json
  readonly trainingSet: ModelVersion['trainingSet']
  /** Vectors with the scores they must give in the scorer's process before it is ready. */
  readonly selfTest: readonly { readonly vector: readonly (number | null)[]; readonly score: number }[]
  readonly tolerance: number
  /** Thresholds by segment; absent: the one of `action` is for all. */
  readonly thresholdSet?: ThresholdSetData
  /** What it had to keep, as declared, with one hash over both; absent where nothing is declared. */
  readonly contracts?: {
    readonly slices: readonly SliceData[]
    readonly contracts: readonly ContractData[]
    readonly hash: string
  }
  /** Hash of the purpose, as declared. */
  readonly purpose?: string
  /** Reviewed sentences for the reasons of its decisions; they cover every input. */
  readonly reasons?: ReasonTableData
  /** What may be said of its predictions afterwards; absent: nothing. */
  readonly feedback?: readonly FeedbackData[]
  /** Digest of the release it derives from: what served when it was made; and the fields in which it differs. */
  readonly parent?: string
  readonly changed?: readonly string[]
}
