import type { PredicateData } from '../definitions/index.ts'
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
  /** `closed` (or true): every prediction is refused with KILLED; `model`: the fallback answers; `challengers`: only the champion. */
  readonly killed?: boolean | 'challengers' | 'model' | 'closed'
  /** Of `model`: the link of the fallback chain that answers first, by kind or by the name of its rule; absent: the first. */
  readonly killedFrom?: string
  /** Who else answers or scores beside `digest`, the champion; absent: nobody. */
  readonly routing?: Routing
}

/** Which units get which release: a pure function of the rollout log (releases.md §8, §9). */
export interface Routing {
  /** Row of the deployment's rollout log that this follows from; acknowledged on the admin port once it is applied. */
  readonly seq: number
  /** `<deployment>-<epoch>`. */
  readonly salt: string
  /** Request fields whose values make the unit, in order; empty: the request id decides, and nothing sticks. */
  readonly unit: readonly string[]
  /** Disjoint; a bucket in no range belongs to the champion. */
  readonly arms: readonly RoutedArm[]
  readonly shadows: readonly RoutedShadow[]
  /** Taken out before the arms, by a bucket space of its own. `digest` null: the fallback chain answers. */
  readonly holdback?: {
    readonly salt: string
    /** Buckets [0, width) are held back. */
    readonly width: number
    readonly digest: string | null
  }
  /** Units that always go to one arm, by the key texts of the unit; `challenger` is the first such arm. */
  readonly pins: readonly { readonly unit: readonly string[]; readonly arm: 'champion' | 'challenger' }[]
  /** Rows that never leave the champion: all predicates of the list hold. */
  readonly exclude: readonly PredicateData[]
  /** Digests kept loaded and warm though they answer nobody: the former champion first. */
  readonly warm: readonly string[]
}

export interface RoutedArm {
  readonly arm: 'challenger' | 'control'
  /** The control arm is the champion's release by scorers of its own, so that latencies compare. */
  readonly digest: string
  /** Half-open ranges of buckets 0 … 9 999. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

/** A release that scores what another one answered; it never answers. */
export interface RoutedShadow {
  readonly kind: 'shadow' | 'reverse-shadow'
  readonly digest: string
  /** Arm whose answers it scores. */
  readonly of: Arm
  /** Of 10 000, by bucket of the prediction base. */
  readonly share: number
  readonly features: 'same' | 'own'
}

/** Who answered a row. `pinned`: an explicit version was asked for; left out of every contract. */
export const arms = ['champion', 'challenger', 'control', 'holdback', 'pinned'] as const
export type Arm = (typeof arms)[number]

/** Why a row went to its arm. `only`: nothing is rolled out. */
export const armReasons = ['only', 'bucket', 'pin', 'excluded', 'version', 'holdback', 'killed'] as const
export type ArmReason = (typeof armReasons)[number]

export const decisionKinds = ['online', 'batch', 'shadow', 'reverse-shadow', 'exercise', 'demo'] as const
export type DecisionKind = (typeof decisionKinds)[number]

/**
 * How a value of the vector came about. `stale`: older than maxAge, counts as missing. `timeout`: the store did not answer.
 * `erased`: it was there, and was taken out with the person it was about.
 */
export const featureStates = [
  'fresh',
  'stale',
  'missing',
  'timeout',
  'request',
  'default',
  'error',
  'erased',
] as const
export type FeatureState = (typeof featureStates)[number]

/** What answered: the model of the release, or a link of the fallback chain; `fallback` is the constant at its end. */
export const servedByNames = ['model', 'fallback', 'former', 'rule', 'value'] as const
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
  /** Place in its request: a request whose rows belong to several arms is several frames. */
  readonly row: number
  /** Of the epoch's salt (of the holdback's for a row held back); null where nothing was drawn. */
  readonly bucket: number | null
  readonly armReason: ArmReason
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

/** What one release decided in answer to one request: written as one frame. */
export interface DecidedRequest {
  readonly note: ReleaseNote
  readonly kind: DecisionKind
  readonly arm: Arm
  /** Null where nothing is rolled out. */
  readonly assignment: { readonly salt: string; readonly sticky: boolean; readonly seq: number } | null
  /** Of a shadow: base of the request it scored again; rows pair by their row number. */
  readonly shadowOf: string | null
  /** Of a member of an ensemble: base of the ensemble's decision. */
  readonly parentId: string | null
  /** Of a batch job. */
  readonly jobId: string | null
  /** Name of who called, where callers are known. */
  readonly caller: string | null
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
  | 'feedback'
  | 'deadline'
  | 'log'
  | 'selfTest'
  | 'tolerance'
  | 'parent'
>
