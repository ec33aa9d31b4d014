import type { DeploymentData, ThresholdSetData } from '../../definitions/index.ts'
import type { CellHistory } from '../../evaluation/index.ts'
import type { ModelFile, ModelFormat, Signature } from '../../registry/index.ts'

/** A model to be scored on the rows: its files are objects, see {@link layFiles}. */
export interface JudgedModel {
  readonly model: string
  readonly version: number
  /** Of the model version. */
  readonly digest: string
  readonly format: ModelFormat
  /** `model.json` among them. */
  readonly files: readonly ModelFile[]
  readonly signature: Signature
  /** Thresholds it acts by now; null: the one threshold of `action`. */
  readonly thresholdSet: ThresholdSetData | null
  readonly action: { readonly name: string; readonly threshold: number } | null
}

/** Rows of a stored training set: its files are objects too. */
export interface JudgedSet {
  /** `ds-…`. */
  readonly id: string
  readonly name: string
  readonly checksum: string
  readonly rows: number
  /** `candidate`: what the candidate was trained beside; `newest`: the newest build; `asked`: the one that was named. */
  readonly from: 'candidate' | 'newest' | 'asked'
  /** Parquet files, in order. */
  readonly files: readonly { readonly path: string; readonly hash: string; readonly bytes: number }[]
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly role: 'row' | 'spine' | 'feature' | 'label' | 'split'
  }[]
  /** Column of the label, and of the time of a row. */
  readonly label: string
  readonly time: string
  /** Held-out split that is judged on: the model's `judgeOn`. */
  readonly split: string
  /** Splits after that one, not trained on: their rows all judge, none of them chooses. */
  readonly later?: readonly string[]
  /** Splits the candidate was fitted on. */
  readonly trainedOn: string
  /** Model inputs in signature order, with the type of their columns. */
  readonly features: readonly { readonly name: string; readonly type: string }[]
}

/** What the deployment declares about its releases, as applied when the run began. */
export type JudgedTerms = Pick<
  DeploymentData,
  'slices' | 'contracts' | 'entity' | 'costs' | 'reasons' | 'fairness' | 'action' | 'purpose'
>

/**
 * Output `candidate` of the first step of a release run (`release.prepare`), and the input `candidate` of the step
 * `release.judge`: what is to be judged against what, pinned for the whole run. The step's output `judged` is a
 * JudgedRelease. Both are files of JSON (see readJsonFile): they may be large. The step has no other input and no params.
 */
export interface JudgeRequest {
  readonly schema: 1
  readonly deployment: string
  readonly task: 'binary'
  readonly candidate: JudgedModel
  /** What serves now; null for a first release. */
  readonly champion: (JudgedModel & { readonly release: number; readonly releaseDigest: string }) | null
  /** Null where no rows are known: contracts are then inconclusive(measuring-error). */
  readonly set: JudgedSet | null
  readonly terms: JudgedTerms
  /**
   * `choose`: thresholds are chosen anew by `terms.action.rule`; `keep`: those of the champion, or the one declared; `given`:
   * the candidate is the champion with other thresholds, which people decided on.
   */
  readonly thresholds: 'keep' | 'choose' | 'given'
  /** With `given`: declared contracts that are not in `terms`, decided when the model was released. */
  readonly settled?: readonly string[]
  /** Hash of the declared contract set: contracts and slices; null when there are none. */
  readonly contractSet: string | null
  /** What former releases say of the declared cells; null before any was judged. */
  readonly history: readonly CellHistory[] | null
  /** Former releases that each contract has observed, by its name. */
  readonly observed: Readonly<Record<string, number>>
  /**
   * Files that could not be had whole (`candidate/linear.json`, `OBJECT_CORRUPT`). Where there is one, `release.judge` gives
   * `judged: null`: the gate's check `resolve` fails and says which.
   */
  readonly unresolved: readonly { readonly path: string; readonly why: string }[]
}
