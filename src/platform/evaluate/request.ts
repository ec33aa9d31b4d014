import type { FairnessData, SliceData } from '../../definitions/index.ts'
import type {
  ComparisonReport,
  ContractsReport,
  FairnessReport,
  ImportanceReport,
  PredictionColumns,
  RowsEvaluation,
} from '../../evaluation/index.ts'

/** Which rows are judged, and by what. */
export interface JudgingRequest {
  /** Parquet, CSV or JSON lines. */
  readonly file: string
  /** What the rows are called; default the name of the file. */
  readonly on?: string
  readonly columns: PredictionColumns
  readonly slices: readonly SliceData[]
  /** Columns that name a row to a reader. */
  readonly names: readonly string[]
  readonly costs?: { readonly falsePositive: number; readonly falseNegative: number }
  /** How groups fare; its columns are read too. */
  readonly fairness?: FairnessData
  /** Contracts as plain data, as they were read, and where from. */
  readonly contracts?: { readonly value: unknown; readonly from: string }
  /** The champion acts by this threshold; default that of the challenger. */
  readonly againstThreshold?: number
}

export interface TableEvaluation extends JudgingRequest {
  /** The champion: another table with the same ids, or a score column of the same table. */
  readonly against?: string
  /** Score column of that table; default the same name. */
  readonly againstScore?: string
}

/** A registered version with what scoring it takes. */
export interface ScoredVersion {
  /** In the report; default `model@version`. */
  readonly called?: string
  readonly model: string
  readonly version: number
  readonly digest: string
  readonly format: string
  readonly signature: {
    readonly inputs: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]
  } | null
  readonly files: readonly { readonly path: string; readonly hash: string; readonly bytes: number }[]
}

export interface VersionEvaluation extends JudgingRequest {
  readonly version: ScoredVersion
  /** Scores the same rows. */
  readonly against?: ScoredVersion
  /** Bytes of an object of the store, by `sha256:…`. */
  fetch(hash: string): Promise<Uint8Array>
}

/** What the rows said, part by part; a part that was not asked for or cannot be had is absent. */
export interface EvaluatedTable {
  readonly report: RowsEvaluation
  readonly comparison?: ComparisonReport
  readonly contracts?: ContractsReport
  readonly fairness?: FairnessReport
  readonly importance?: ImportanceReport
}

/** With the same as one HTML file, and the contracts as JUnit. */
export interface Evaluated extends EvaluatedTable {
  readonly page: () => string
  /** Null without contracts. */
  readonly junit: () => string | null
  /** Contracts as lines for a terminal; null without. */
  readonly verdict: () => string | null
}
