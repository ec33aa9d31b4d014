import type { FeedbackData } from '../../definitions/index.ts'

/** Who said it. */
export const actorClasses = ['user', 'customer', 'reviewer', 'product-staff', 'system'] as const
export type ActorClass = (typeof actorClasses)[number]

/** Which decision an item is about: by prediction id, by request and row, or by entity key and the time of the event. */
export type FeedbackTarget =
  | { readonly predictionId: string }
  | { readonly requestId: string; readonly row: number }
  | { readonly entityKey: string }

/** One thing said of a decision, checked; JSON as it stands in the feedback log. Times are UTC µs. */
export interface FeedbackItem {
  /** As sent, else a hash of the item: the same item twice is one. */
  readonly id: string
  readonly target: FeedbackTarget
  readonly kind: string
  /** False and true are 0 and 1. */
  readonly value: number
  readonly eventTime: number
  readonly knownTime: number
  readonly source: string
  readonly actorClass: ActorClass
  /** Name or token of who said it, as sent. */
  readonly actor: string | null
  readonly note: string | null
  /** Place of the source among the declared ones; null: the kind does not list it, so the item is kept and not used. */
  readonly rank: number | null
}

/** What one frame of the feedback log holds: items of one request. */
export interface FeedbackFrame {
  readonly deployment: string
  /** Release whose kinds the items were checked by. */
  readonly release: number
  readonly receivedAt: number
  /** The kinds the items are of, as declared then: whoever reads the log needs no release. */
  readonly kinds: Readonly<Record<string, Pick<FeedbackData, 'is' | 'within'>>>
  readonly items: readonly FeedbackItem[]
}

/** Reply of POST /feedback/{deployment}; every item is in exactly one of them. */
export interface FeedbackReply {
  /** Written. */
  readonly accepted: number
  /** Written before under the same id. */
  readonly duplicate: number
  /** Written; names a decision this server does not know (yet), and waits for it. */
  readonly pending: number
  readonly rejected: readonly { readonly index: number; readonly code: string; readonly message: string }[]
}
