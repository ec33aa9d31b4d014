import type { Micros } from '../kernel/time.ts'
import type { FeatureStatus, Value, ValueType } from '../kernel/values/model.ts'
import type { ModelFormat, Release } from '../registry/index.ts'

/** Features of rows, row-major. `eventTimes[i][j]` is the event time of the row that supplied feature j. */
export interface FeatureRows {
  readonly values: readonly (readonly Value[])[]
  readonly statuses: readonly (readonly FeatureStatus[])[]
  readonly eventTimes: readonly (readonly (Micros | null)[])[]
  readonly errors: readonly string[]
}

/** The lookups and on-demand features of a release, compiled against the online store. */
export interface PreparedFeatures {
  readonly names: readonly string[]
  readonly types: readonly ValueType[]
  /** Features of each row as of an instant. Throws FettleError for keys that cannot be keys; an unknown key is NOT_FOUND. */
  read(rows: readonly Readonly<Record<string, Value>>[], asOf: Micros): FeatureRows | Promise<FeatureRows>
}

export type PrepareFeatures = (features: Release['features']) => PreparedFeatures

/** A loaded model. Scores are what the model gives, bit for bit; it may block, so it lives in a scorer process. */
export interface Scorer {
  readonly kind: string
  readonly build: string
  /** `vectors` row-major, NaN = missing; one score a row. */
  score(
    vectors: Float64Array,
    rows: number,
    call?: { readonly timeoutMillis?: number },
  ): Promise<Float64Array> | Float64Array
  close(): Promise<void>
}

export interface ScorerFactory {
  open(request: { folder: string; format: ModelFormat; inputs: number; kind?: string }): Promise<Scorer>
}

/** Contributions to the raw score (log-odds): baseline + their sum = rawScore. */
export interface ExplainedScore {
  readonly baseline: number
  readonly contributions: Float64Array
  readonly rawScore: number
}
export interface Explainer {
  /** Which game the contributions solve, stored with them. */
  readonly variant: string
  explain(vector: Float64Array): ExplainedScore | Promise<ExplainedScore>
  /** Frees what it holds; absent where it holds nothing. */
  close?(): Promise<void>
}
/** Undefined when the model in the folder cannot be explained. */
export type OpenExplainer = (folder: string, format: ModelFormat) => Promise<Explainer | undefined>

/** What a scorer process is told when it starts: plain JSON, so it can travel on a command line. */
export interface ScorerRequest {
  /** Unix socket the front listens on; the process connects to it and ends when it closes. */
  readonly socket: string
  /** Folder of the release: release.json and the model files. */
  readonly releaseFolder: string
  /** The scorer that was measured and pinned; absent: by the format of the model. */
  readonly kind?: string
}

/** A started process, as far as the front needs to know it. */
export interface ScorerChild {
  readonly pid: number | undefined
  kill(signal: 'SIGKILL' | 'SIGTERM'): void
  /** Called once, when the process has ended or could not be started. */
  onExit(listener: (reason: string) => void): void
}

export type StartScorer = (request: ScorerRequest) => ScorerChild
