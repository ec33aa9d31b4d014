import { FettleError } from '../../kernel/errors/index.ts'
import { type Micros, parseTimestamp } from '../../kernel/time.ts'
import { decisionTraceToWire, foundDecisionToWire } from '../map/decisions.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type DecisionRoutes = 'searchDecisions' | 'decisionLog' | 'decisionTrace' | 'decisionReplay'

export function decisionHandlers({
  decisionLog,
}: Pick<Services, 'decisionLog'>): Pick<Handlers, DecisionRoutes> {
  return {
    searchDecisions: async ({ query }) => {
      const { cursor, limit, kind, fields, since, until, ...filter } = query
      const found = await decisionLog.search(
        withoutUndefined({
          ...filter,
          kinds: kind === undefined ? undefined : [kind],
          entity: fields === undefined ? undefined : Object.fromEntries(new URLSearchParams(fields)),
          since: timeOf('since', since),
          until: timeOf('until', until),
        }),
        withoutUndefined({ cursor, limit }),
      )
      return pageToWire(found, foundDecisionToWire)
    },
    decisionLog: () => decisionLog.status(),
    decisionTrace: async ({ params }) => decisionTraceToWire(await decisionLog.trace(params.id)),
    decisionReplay: async ({ params }) => {
      const { predictionId, lines } = await decisionLog.replay(params.id)
      return { predictionId, lines: [...lines] }
    },
  }
}

function timeOf(name: string, text: string | undefined): Micros | undefined {
  if (text === undefined) return undefined
  const time = parseTimestamp(text)
  if (time !== undefined) return time
  throw new FettleError('BAD_REQUEST', `query.${name}: an RFC 3339 time with zone is wanted`)
}
