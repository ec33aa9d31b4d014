import type { FeedbackData } from '../../definitions/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { ActorClass } from '../../serving/index.ts'

/** `active` counts; `quarantined` is kept and never used; `withdrawn` was taken back. */
export type FeedbackState = 'active' | 'quarantined' | 'withdrawn'

/** What an item says it is about. */
export interface FeedbackAbout {
  readonly predictionId: string | null
  readonly requestId: string | null
  readonly row: number | null
  /** Entity keys as one text, see `entityKeyText`. */
  readonly entityKey: string | null
}

/** One row of the label table: what somebody said of a decision. Never changed, only added to; two times. */
export interface Feedback extends FeedbackAbout {
  /** Place in the table, 1, 2, 3 … */
  readonly seq: number
  readonly deployment: string
  /** Unique in its deployment. */
  readonly id: string
  readonly kind: string
  readonly is: FeedbackData['is']
  readonly value: number
  readonly eventTime: Micros
  readonly knownTime: Micros
  /** When the front took it. */
  readonly receivedAt: Micros
  readonly source: string
  /** Place of the source in the order of trust; null: not used. */
  readonly rank: number | null
  readonly actorClass: ActorClass
  readonly actor: string | null
  readonly weight: number
  readonly state: FeedbackState
  /** Why it is quarantined. */
  readonly reason: string | null
  readonly note: string | null
  /** How long after a decision it may join by key, µs. */
  readonly within: Micros
}

/**
 * Where an item stands with the decisions. `pending`: none found yet; `joined`; `ambiguous`: several rows answer to its request
 * id; `unmatched`: none was found in 30 days.
 */
export type JoinState = 'pending' | 'joined' | 'ambiguous' | 'unmatched'

/** Beside the item, and unlike it, this changes: a nearer decision may be found, or a first one. */
export interface FeedbackJoin {
  readonly seq: number
  readonly state: JoinState
  readonly predictionId: string | null
  /** Of the decision. */
  readonly decidedAt: Micros | null
  readonly asOf: Micros | null
  /** How often it was looked for. */
  readonly tries: number
  /** When it is looked for again; null: never. */
  readonly dueAt: Micros | null
}

export type JoinedFeedback = Feedback & { readonly join: FeedbackJoin }

/** A decision as far as feedback can be about it. */
export interface JoinableDecision {
  readonly predictionId: string
  readonly deployment: string
  readonly requestId: string
  readonly row: number
  readonly entityKey: string | null
  readonly decidedAt: Micros
  /** The instant features were read at: the decision's place in the time of events. */
  readonly asOf: Micros
}

/** Of one kind and source, how much there is. */
export interface FeedbackCount {
  readonly kind: string
  readonly is: FeedbackData['is']
  readonly source: string
  readonly items: number
  readonly joined: number
  readonly pending: number
  readonly ambiguous: number
  readonly unmatched: number
  readonly quarantined: number
  readonly lastKnown: Micros
}
