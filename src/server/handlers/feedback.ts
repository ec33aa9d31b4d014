import type { FeedbackReply } from '../../api/feedback.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Micros, parseTimestamp } from '../../kernel/time.ts'
import { feedbackItemToWire, feedbackStatusToWire, performanceToWire } from '../map/feedback.ts'
import { fromWireJson, type WireJson } from '../map/json.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type FeedbackRoutes = 'sendFeedback' | 'feedback' | 'feedbackStatus' | 'decisionFeedback' | 'performance'

export function feedbackHandlers({ feedback }: Pick<Services, 'feedback'>): Pick<Handlers, FeedbackRoutes> {
  return {
    sendFeedback: async ({ params, body }) =>
      (await feedback.send(params.name, fromWireJson(body as WireJson))) as unknown as FeedbackReply,
    feedback: async ({ params, query }) =>
      pageToWire(await feedback.list(params.name, withoutUndefined(query)), feedbackItemToWire),
    feedbackStatus: async ({ params }) => feedbackStatusToWire(await feedback.status(params.name)),
    decisionFeedback: async ({ params }) => ({
      items: (await feedback.ofPrediction(params.id)).map(item => ({
        ...feedbackItemToWire(item),
        holds: item.holds,
      })),
    }),
    performance: async ({ params, query }) => {
      const asKnownAt = timeOf('asKnownAt', query.asKnownAt)
      const since = timeOf('since', query.since)
      return performanceToWire(
        await feedback.performance(params.name, withoutUndefined({ asKnownAt, since })),
      )
    },
  }
}

function timeOf(name: string, text: string | undefined): Micros | undefined {
  if (text === undefined) return undefined
  const time = parseTimestamp(text)
  if (time !== undefined) return time
  throw new FettleError('BAD_REQUEST', `query.${name}: an RFC 3339 time with zone is wanted`)
}
