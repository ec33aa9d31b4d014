import type { AlertTest, RunAlerts } from '../../experiments/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros, parseTimestamp } from '../../kernel/time.ts'
import { withoutUndefined } from '../map/optional.ts'
import { timestampOrNull } from '../map/time.ts'
import type { Handlers } from '../route-handlers.ts'

type AlertRoutes = 'runAlerts' | 'alertRules' | 'addAlertRule' | 'removeAlertRule' | 'muteAlertRule'

const usualLimit = 100

export function alertHandlers({ alerts }: { readonly alerts: RunAlerts }): Pick<Handlers, AlertRoutes> {
  return {
    runAlerts: async ({ query }) => {
      const items = await alerts.list({ limit: usualLimit, ...withoutUndefined(query) })
      return {
        items: items.map(({ at, closedAt, experiment, ...alert }) => ({
          ...{ ...alert, experiment: String(experiment) },
          ...{ at: formatTimestamp(at), closedAt: timestampOrNull(closedAt) },
        })),
      }
    },
    alertRules: async () => ({ items: (await alerts.rules()).map(ruleToWire) }),
    addAlertRule: async ({ body: { experiment, test }, principal }) =>
      ruleToWire(await alerts.addRule({ experiment, test: withoutUndefined(test) as AlertTest }, principal)),
    removeAlertRule: async ({ params, principal }) => {
      await alerts.removeRule(params.id, principal)
      return {}
    },
    muteAlertRule: async ({ params, body: { until }, principal }) => {
      await alerts.mute(params.id, until === null ? null : timeOf(until), principal)
      return {}
    },
  }
}

function timeOf(text: string): Micros {
  const time = parseTimestamp(text)
  if (time === undefined) throw new FettleError('BAD_REQUEST', 'until: a time as RFC 3339 has it is wanted')
  return time
}

type Rule = Awaited<ReturnType<RunAlerts['rules']>>[number]

function ruleToWire({ experiment, createdAt, mutedUntil, test, ...rule }: Rule) {
  return {
    ...rule,
    test: { ...test },
    experiment: experiment === null ? null : String(experiment),
    createdAt: formatTimestamp(createdAt),
    mutedUntil: timestampOrNull(mutedUntil),
  }
}
