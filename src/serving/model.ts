import type { Micros } from '../kernel/time.ts'
import type { Value } from '../kernel/values/model.ts'
import type { Release } from '../registry/index.ts'

/** serving/deployments.json: which release answers under which name. Written whole, by rename. */
export interface DeploymentsFile {
  readonly schema: 1
  /** Grows with every change. */
  readonly sequence: number
  readonly deployments: readonly DeploymentEntry[]
}

export interface DeploymentEntry {
  readonly name: string
  /** `sha256:<hex>` of the release; its files are below `releases/<hex>/`. */
  readonly digest: string
  /** `closed` (or true): every prediction is refused with KILLED; `model`: the fallback answers. */
  readonly killed?: boolean | 'model' | 'closed'
}

/** How a value of the vector came about. `stale`: older than maxAge, counts as missing. `timeout`: the store did not answer. */
export const featureStates = ['fresh', 'stale', 'missing', 'timeout', 'request', 'default', 'error'] as const
export type FeatureState = (typeof featureStates)[number]

/** What answered: the model of the release, or the constant declared for when it cannot. */
export const servedByNames = ['model', 'fallback'] as const
export type ServedBy = (typeof servedByNames)[number]

/** Microseconds spent per part; `log` is how long the previous write of the log took, its own is not known yet. */
export const latencyParts = ['decode', 'lookup', 'queue', 'score', 'encode'] as const
export type LatencyPart = (typeof latencyParts)[number]
export type Latency = Readonly<Record<LatencyPart, number>>

/** What a segment says once about a release before the first decision made with it. */
export interface ReleaseNote {
  readonly deployment: string
  readonly release: number
  readonly digest: string
  readonly model: string
  readonly modelVersion: number
  readonly scorer: { readonly kind: string; readonly build: string }
  readonly request: readonly { readonly name: string; readonly role: 'key' | 'request' }[]
  /** Vector columns, in signature order. */
  readonly vector: readonly string[]
  /** Lookups (by `as`), in the order of the event times of a record. */
  readonly lookups: readonly string[]
  readonly action: {
    readonly name: string
    /** For rows of no listed segment. */
    readonly threshold: number
    /** Column that names a row's segment, and each segment with its threshold. */
    readonly per?: string
    readonly segments?: readonly (readonly [segment: string, threshold: number])[]
  } | null
}

/** One row of a request, decided. */
export interface DecidedRow {
  readonly entity: Readonly<Record<string, Value>>
  /** In signature order; NaN = missing. */
  readonly vector: Float64Array
  /** Per vector column, an index into featureStates. */
  readonly states: Uint8Array
  /** Per lookup: event time of the row that was found. */
  readonly eventTimes: readonly (Micros | null)[]
  readonly score: number
  /** Place of its segment in the note's list; −1: no listed one. */
  readonly segmentAt: number
  readonly acted: boolean | null
}

/** Everything decided in answer to one request: written as one frame. */
export interface DecidedRequest {
  readonly note: ReleaseNote
  /** UUID v7; the prediction id of row i is `<base>-<i>`. */
  readonly base: string
  readonly requestId: string
  readonly receivedAt: Micros
  readonly decidedAt: Micros
  /** The instant features were read at. */
  readonly asOf: Micros
  readonly servedBy: ServedBy
  readonly degradedReasons: readonly string[]
  /** How often the rows were sent to a scorer again after one died. */
  readonly retries: number
  readonly latency: Latency
  readonly rows: readonly DecidedRow[]
}

/** A decision as read back from the log. */
export interface DecisionRecord
  extends Omit<DecidedRequest, 'rows' | 'note'>,
    Omit<DecidedRow, 'states' | 'segmentAt'> {
  readonly predictionId: string
  readonly row: number
  readonly release: ReleaseNote
  /** Per vector column. */
  readonly states: readonly FeatureState[]
  readonly action: string | null
  /** What the score was compared with; null: nothing acts. */
  readonly threshold: number | null
  /** Whose threshold that was; null: that of all rows, or of those of no listed segment. */
  readonly segment: string | null
  readonly logged: { readonly segment: string; readonly offset: number }
}

/** A release that answers: verified, its scorer warm. */
export type ServableRelease = Pick<
  Release,
  | 'deployment'
  | 'number'
  | 'digest'
  | 'model'
  | 'signature'
  | 'features'
  | 'action'
  | 'thresholdSet'
  | 'fallback'
  | 'deadline'
  | 'log'
  | 'selfTest'
  | 'tolerance'
>
