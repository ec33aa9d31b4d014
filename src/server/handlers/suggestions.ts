import type { RouteBody } from '../../api/routes.ts'
import type { RefusalReason } from '../../api/suggestions.ts'
import type { SuggestionVerdict } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { fromWireJson } from '../map/json.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import {
  batchToWire,
  paceToWire,
  proposalFromWire,
  standingToWire,
  stepToWire,
  suggestionToWire,
} from '../map/suggestions.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'

type SuggestionRoutes =
  | 'suggestions'
  | 'suggestion'
  | 'decideSuggestion'
  | 'proposeSuggestions'
  | 'judgeSuggestion'
  | 'startSuggestionBatch'
  | 'suggestionBatch'
  | 'acceptSuggestionBatch'
type AutonomyRoutes = 'autonomy' | 'changeAutonomy' | 'autonomyHistory' | 'reportAutonomy' | 'suggestionPace'

type Parts = Pick<Services, 'suggestions'>

export function suggestionHandlers({ suggestions }: Parts): Pick<Handlers, SuggestionRoutes> {
  return {
    suggestions: async ({ query }) =>
      pageToWire(await suggestions.list(withoutUndefined(query)), suggestionToWire),
    suggestion: async ({ params }) => suggestionToWire(await suggestions.get(params.id)),
    decideSuggestion: async ({ params, body, principal }) => {
      const { note = '', seconds = null, batch = null } = body
      const decided = { verdict: verdictOf(body), note, seconds, batch }
      return suggestionToWire(await suggestions.decide(params.id, decided, principal))
    },
    proposeSuggestions: async ({ body }) => {
      const made = await suggestions.propose(body.proposals.map(proposalFromWire))
      return { items: made.map(suggestionToWire) }
    },
    judgeSuggestion: async ({ params, body: { breach, details = null }, principal }) =>
      suggestionToWire(
        await suggestions.judge(params.id, { breach, details: fromWireJson(details) }, principal.name),
      ),
    startSuggestionBatch: async ({ body, principal }) =>
      batchToWire(await suggestions.startBatch(withoutUndefined(body), principal)),
    suggestionBatch: async ({ params }) => batchToWire(await suggestions.batch(params.id)),
    acceptSuggestionBatch: async ({ params, body: { seconds = null, note = '' }, principal }) => {
      const { batch, skipped } = await suggestions.acceptBatch(params.id, { seconds, note }, principal)
      return { accepted: batch.accepted, skipped: [...skipped] }
    },
  }
}

export function autonomyHandlers({ suggestions }: Parts): Pick<Handlers, AutonomyRoutes> {
  return {
    autonomy: async ({ query }) => ({
      items: (await suggestions.levels(query.subject)).map(standingToWire),
    }),
    changeAutonomy: async ({ body, principal }) => {
      const { act, to, reason = '', ...key } = body
      const change = { act, reason, ...(to === undefined ? {} : { to }) }
      return standingToWire(await suggestions.changeLevel(key, change, principal))
    },
    autonomyHistory: async ({ query: { segmentClass = '', ...key } }) => ({
      items: (await suggestions.history({ ...key, segmentClass })).map(stepToWire),
    }),
    reportAutonomy: async ({ body, principal }) => ({
      items: (await suggestions.report(withoutUndefined(body), principal.name)).map(standingToWire),
    }),
    suggestionPace: async () => paceToWire(await suggestions.pace()),
  }
}

function verdictOf({ act, value, reason }: RouteBody<'decideSuggestion'>): SuggestionVerdict {
  if (act === 'accept') return { act }
  const given: RefusalReason | undefined = reason
  if (given === undefined)
    throw new FettleError('BAD_REQUEST', `reason: to ${act} a suggestion needs one`, {
      hint: 'wrong-value, bad-data, known-event, bad-timing, too-risky, not-needed, policy or other.',
    })
  if (act !== 'edit') return { act, reason: given }
  if (value === undefined) throw new FettleError('BAD_REQUEST', 'value: an edit needs the value instead')
  return { act, value: fromWireJson(value), reason: given }
}
