import type { ModelFormat } from '../registry/index.ts'

/**
 * Scores vectors with an exported model. Promises: inputs are read as float32 (rounded once, to nearest), NaN is
 * missing; the score of a row depends on that row alone, so batches of any size give the same bits; the same build
 * gives the same bits every time.
 */
export interface Scorer {
  readonly kind: 'onnx' | 'trees' | 'linear' | 'oip'
  /** Library and version, stored with every score. */
  readonly build: string
  /**
   * `vectors` is row-major [rows × inputs]; one probability of the positive class per row comes back.
   * Throws LENGTH_MISMATCH when the length is not rows × inputs, SCORER_FAILED when the library fails.
   */
  score(vectors: Float64Array, rows: number, call?: ScoreCall): Promise<Float64Array> | Float64Array
  /** Frees the model; scoring afterwards throws SCORER_FAILED. */
  close(): Promise<void>
}

/** What a scorer that asks somebody else is told of a call; others take no notice. */
export interface ScoreCall {
  /** It rejects SCORER_FAILED when no scores have come by then. */
  readonly timeoutMillis?: number
}

export interface ScorerRequest {
  /** Model folder: model.json beside the files of its format. */
  readonly folder: string
  readonly format: ModelFormat
  /** Length of a vector; SIGNATURE_MISMATCH if the model takes another. */
  readonly inputs: number
  /** Of the scorers that can, this one, whatever the folder's plan says. */
  readonly kind?: string
}

/**
 * Opens a model folder: by its serving plan where it holds one, else by its format. Executes no code from it.
 * MODEL_UNREADABLE names the file and the fault; RELEASE_REFUSED where the planned scorer is of another build here.
 */
export interface ScorerFactory {
  open(request: ScorerRequest): Promise<Scorer>
}

/** Which game the contributions solve; numbers of different variants cannot be compared (monitoring.md §7). */
export type ExplanationVariant = 'path_dependent' | 'interventional' | 'linear' | 'exact' | 'permutation'

/** Why one row got its score. */
export interface Explanation {
  /** Raw score (log-odds) of the empty set of features. */
  readonly baseline: number
  /** Log-odds added by each player, in their order. */
  readonly contributions: Float64Array
  /** baseline + Σ contributions, within 1e-6 · max(1, |rawScore|). */
  readonly rawScore: number
  /** Of each contribution, where they were drawn; null where they are exact. */
  readonly standardErrors?: Float64Array | null
}

/** Explains vectors (NaN = missing). Throws LENGTH_MISMATCH, and ADDITIVITY_BROKEN rather than rescale. */
export interface Explainer {
  readonly variant: ExplanationVariant
  /** Content hash of the background rows the score is measured against; null where there are none. */
  readonly background: string | null
  /** Inputs each contribution stands for, by position; absent: contribution i is that of input i. */
  readonly players?: readonly (readonly number[])[]
  explain(vector: Float64Array): Explanation | Promise<Explanation>
  /** Contributions of many row-major vectors, row-major too: the same numbers as one by one, in less time. */
  explainRows(vectors: Float64Array, rows: number): Promise<Float64Array>
  /** Frees the model it scores with; absent where it holds none. */
  close?(): Promise<void>
}
