import type { Json } from '../kernel/canonical.ts'
import type { FileEntry, StepPlan } from '../pipelines/index.ts'
import type { ModelFile, ModelVersion, Signature } from '../registry/index.ts'
import type { Machine } from '../training/index.ts'

/** A fact, or why it is not known: nothing is left out of a manifest. */
export type Known<Fact> = Fact | { readonly unavailable: string }

/** What a run was started from, read when it was started. */
export interface RunOrigin {
  /** Of the repository the project is in, without credentials. */
  readonly repository: Known<string>
  readonly commit: Known<string>
  /** What differed from the commit then, as an object of the store; null: nothing. */
  readonly dirty: Known<{ readonly hash: string; readonly bytes: number } | null>
  /** Hash of the code that steps run. */
  readonly build: string
  /** The lock of the Python environment, as an object. */
  readonly lock: Known<{ readonly hash: string; readonly bytes: number }>
  /** Code of the Python trainers that come with Fettle. */
  readonly trainers: Known<readonly FileEntry[]>
  /** Scripts of the project that train, by candidate, each with the modules beside it. */
  readonly scripts: Readonly<Record<string, Known<readonly FileEntry[]>>>
}

/** tracking.md §8.1: what a model version rests on. Kept as an object, canonical JSON, under its own hash. */
export interface VersionManifest {
  readonly schema: 1
  readonly subject: { readonly model: string; readonly version: number; readonly digest: string }
  readonly data: Known<DataPart>
  readonly code: CodePart
  readonly environment: EnvironmentPart
  readonly randomness: {
    readonly seed: Known<number>
    readonly switches: Known<Json>
    readonly order: Known<string>
  }
  readonly parameters: { readonly values: Known<Json>; readonly features: Known<Signature['inputs']> }
  readonly outputs: {
    readonly files: readonly ModelFile[]
    /** contentHash of the files, sorted by path. */
    readonly tree: string
    readonly metrics: ModelVersion['metrics']
    /** Content hash of the rows the metrics were measured on. */
    readonly measuredOn: Known<string>
    readonly evaluation: Json | null
    readonly thresholds: Known<Json>
    readonly calibration: Known<Json>
    readonly signature: Known<Signature>
  }
  readonly retention: { readonly until: Known<string>; readonly holders: readonly string[] }
  /** The steps as they were planned: data, training, evaluation. Enough to do them again. */
  readonly steps: readonly StepPlan[]
  /** Where it came from; null for what was registered by hand. */
  readonly run: string | null
}

export interface DataPart {
  readonly id: string
  readonly name: string
  readonly checksum: string
  readonly rows: number
  readonly asOf: string
  readonly engine: string
  /** Version of every source it was built from. */
  readonly sources: Readonly<Record<string, string>>
  readonly views: readonly { readonly name: string; readonly version: number }[]
  readonly label: Json
  readonly splits: Json
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly hash: string }[]
}

export interface CodePart extends Pick<RunOrigin, 'repository' | 'commit' | 'dirty'> {
  readonly build: Known<string>
  readonly entry: Known<string>
  readonly arguments: Known<Json>
  readonly trainers: Known<readonly FileEntry[]>
  readonly script: Known<readonly FileEntry[] | null>
}

export interface EnvironmentPart {
  /** Id of interpreter, platform and lock; `none` for a trainer that needs no Python. */
  readonly id: Known<string>
  readonly lock: Known<{ readonly hash: string; readonly bytes: number } | null>
  /** The files it is installed from. */
  readonly packages: Known<readonly FileEntry[]>
  readonly interpreter: Known<string>
  readonly platform: Known<string>
  readonly machine: Known<Machine>
  readonly threads: Known<number>
  readonly blas: Known<string>
  readonly image: Known<string>
  readonly gpu: Known<string>
  readonly driver: Known<string>
  readonly cuda: Known<string>
}

/** What one reproduction needs, and whether it is there. */
export interface Ingredient {
  readonly part: 'manifest' | 'data' | 'code' | 'environment' | 'randomness' | 'model'
  readonly name: string
  readonly wanted: string
  readonly found: string
  readonly how: string
  /** `other`: something else is taken and reported; `missing`: nothing stands for it. */
  readonly state: 'found' | 'other' | 'missing'
}

/** Rows of the training set that were erased since. */
export interface ErasedRows {
  readonly rows: number
  readonly receipts: readonly string[]
}

export type Outcome = 'same' | 'within tolerance' | 'differs' | 'unavailable'

/** One thing that was compared. */
export interface ComparedItem {
  /** In the order of the pipeline; the first that differs names the step. */
  readonly step: 'training-set' | 'train' | 'evaluate'
  readonly name: string
  readonly outcome: Outcome
  readonly wanted: Json
  readonly found: Json
  /** Numbers, or why it is unavailable. */
  readonly detail: string
}

export type Verdict = 'reproduced' | 'not reproduced' | 'inconclusive'
export type ReproductionClass = 'R0' | 'R1' | 'R2' | 'R3'

/** What a reproduction came to: signed by the project and kept as an object. */
export interface ReproductionReport {
  readonly schema: 1
  /** `rep_…`. */
  readonly id: string
  readonly project: string
  readonly model: string
  readonly version: number
  readonly digest: string
  readonly manifest: string
  /** The run that did it; null where an ingredient was missing and nothing ran. */
  readonly run: string | null
  readonly at: string
  readonly verdict: Verdict
  readonly class: ReproductionClass
  readonly reason: string
  readonly firstDifference: { readonly step: string; readonly because: readonly string[] } | null
  /** Largest difference of a score or metric that counts as equal. */
  readonly tolerance: number
  readonly ingredients: readonly Ingredient[]
  readonly items: readonly ComparedItem[]
  readonly erased: ErasedRows
  readonly seconds: Readonly<Record<string, number>>
  readonly by: string
  /** `ed25519:<base64url>` over the canonical JSON of the rest. */
  readonly signature: string
}

/** How well a version can be had again, by what is known. */
export interface VersionClass {
  readonly class: ReproductionClass
  readonly reason: string
  /** Instant of the evidence, RFC 3339. */
  readonly at: string
  readonly missing: readonly string[]
  /** Id of the newest report. */
  readonly report: string | null
}
