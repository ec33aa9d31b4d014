import type { FeedbackReply } from '../api/feedback.ts'
import type { Http } from './http.ts'

/** What became of a prediction. Times are RFC 3339 with zone, or a Date. */
export type FeedbackInput<Key extends object = Readonly<Record<string, unknown>>> = FeedbackAbout<Key> & {
  /** Name of a kind that the deployment declares. */
  readonly kind: string
  /** A number; true or false for a yes or no. */
  readonly value: number | boolean
  readonly eventTime: string | Date
  /** When it could first be known; the time it arrives when left out. */
  readonly knownTime?: string | Date
  /** The same id is taken once; a hash of the item when left out. */
  readonly id?: string
  /** Default `api`. */
  readonly source?: string
  readonly actorClass?: 'user' | 'customer' | 'reviewer' | 'product-staff' | 'system'
  readonly actor?: string
  readonly note?: string
}

/** By prediction id; by request id and row; or by entity key, then the nearest earlier decision is meant. */
type FeedbackAbout<Key extends object> =
  | { readonly predictionId: string }
  | { readonly requestId: string; readonly row: number }
  | { readonly key: Key }

export interface FeedbackCalls {
  /**
   * Says what became of predictions of a deployment. Each item is taken or refused by itself; the reply counts them and names
   * the refused ones. What is not refused is durable. Sending an item again is harmless.
   */
  feedback(deployment: string, items: readonly FeedbackInput[]): Promise<FeedbackReply>
}

export function feedbackCalls(http: Http, dataUrl: () => Promise<string>): FeedbackCalls {
  return {
    async feedback(deployment, items) {
      const reply = await http({
        method: 'POST',
        url: `${await dataUrl()}/feedback/${encodeURIComponent(deployment)}`,
        body: { items: items.map(toWire) },
      })
      return reply as FeedbackReply
    },
  }
}

function toWire(item: FeedbackInput): Readonly<Record<string, unknown>> {
  const { kind, value, eventTime, knownTime, id, source, actorClass, actor, note, ...about } = item
  const target =
    'predictionId' in about
      ? { prediction_id: about.predictionId }
      : 'requestId' in about
        ? { request_id: about.requestId, row: about.row }
        : { key: about.key }
  return {
    ...{ ...target, kind, value, source, actor, note },
    event_time: timeText(eventTime),
    ...(knownTime === undefined ? {} : { known_time: timeText(knownTime) }),
    feedback_id: id,
    actor_class: actorClass,
  }
}

function timeText(time: string | Date): string {
  return typeof time === 'string' ? time : time.toISOString()
}
