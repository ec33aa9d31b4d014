import type { Arm, DecisionKind, Latency, ServableRelease, ServedBy } from '../model.ts'
import type { Batch } from './decide.ts'
import type { ServingSignature } from './signature.ts'

/** What a dialect wants answered. The dialect itself is not known behind this line. */
export interface Asked {
  readonly deployment: string
  /** An explicit release number: bypasses routing, arm `pinned`. */
  readonly version?: string
  /** performance.now() at receipt. */
  readonly started: number
  /** Milliseconds the caller's header allows. */
  readonly headerMillis?: number
  readonly kind: Extract<DecisionKind, 'online' | 'demo'>
  /** Null where callers are not known. */
  readonly caller: string | null
  /** 1 highest, 0 the default class. */
  readonly priority: number
  /** Aborted when the caller has gone: what is not scored yet is not scored. */
  readonly gone?: { readonly aborted: boolean }
}

/** What a request said besides its rows, in any dialect. */
export interface DecodedRequest extends Batch {
  /** The caller's; echoed, need not be unique. */
  readonly id: string | undefined
  /** Milliseconds the dialect allows, if it says so. */
  readonly timeoutMillis?: number
  /** As `Asked.priority`, where the dialect says it in the body. */
  readonly priority?: number
}

/** Decodes the body by the champion's signature; releases that are rolled out have equal ones. */
export type Decode<Request extends DecodedRequest> = (
  signature: ServingSignature,
  release: ServableRelease,
) => Request

export interface AnsweredRow {
  readonly score: number
  /** Null: the deployment acts on nothing. */
  readonly acted: boolean | null
  readonly servedBy: ServedBy
  readonly degradedReasons: readonly string[]
  readonly release: number
  readonly arm: Arm
}

/** A request, answered and recorded: rows in request order, whatever release decided each. */
export interface Answered<Request extends DecodedRequest> {
  readonly request: Request
  /** UUID v7: the prediction id of row i is `<base>-<i>`. */
  readonly base: string
  readonly requestId: string
  readonly rows: readonly AnsweredRow[]
  /** Release whose signature was used: the champion's, or the one asked for. */
  readonly release: ServableRelease
  /** Number of the release all rows share, else `mixed`. */
  readonly answeredBy: string
  readonly arm: Arm | 'mixed'
  readonly servedBy: ServedBy | 'mixed'
  readonly degradedReasons: readonly string[]
  readonly logged: boolean
  /** Of the slowest part, where rows belong to several releases. */
  readonly latency?: Latency
}
