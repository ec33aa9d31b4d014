import { resultLimits } from '../../../api/mlflow/limits.ts'
import type { WebhookFields, WebhookService } from '../../../registry/index.ts'
import type { MlflowHandlers } from '../handler-types.ts'
import { eventsFromWire, statusFromWire, testToWire, webhookToWire } from '../map/webhooks.ts'
import { pageOf, pageToWire } from '../results.ts'

type WebhookNames =
  | 'createWebhook'
  | 'listWebhooks'
  | 'getWebhook'
  | 'updateWebhook'
  | 'deleteWebhook'
  | 'testWebhook'

export function webhookHandlers(webhooks: WebhookService): Pick<MlflowHandlers, WebhookNames> {
  return {
    createWebhook: async ({ events, status, ...fields }, principal) => {
      const created = await webhooks.create(
        { ...fields, events: eventsFromWire(events), ...statusFromWire(status) },
        principal,
      )
      return { webhook: webhookToWire(created) }
    },
    listWebhooks: async request =>
      pageToWire('webhooks', await webhooks.list(pageOf(request, resultLimits.webhooks)), webhookToWire),
    getWebhook: async ({ webhook_id: id }) => ({ webhook: webhookToWire(await webhooks.get(id)) }),
    updateWebhook: async ({ webhook_id: id, name, url, events = [], status, ...fields }, principal) => {
      const change: Partial<WebhookFields> = {
        ...fields,
        ...statusFromWire(status),
        ...(name ? { name } : {}),
        ...(url ? { url } : {}),
        ...(events.length === 0 ? {} : { events: eventsFromWire(events) }),
      }
      return { webhook: webhookToWire(await webhooks.update(id, change, principal)) }
    },
    deleteWebhook: ({ webhook_id: id }, principal) => webhooks.remove(id, principal),
    testWebhook: async ({ webhook_id: id, event }) => {
      const [asked] = event === undefined ? [] : eventsFromWire([event])
      return { result: testToWire(await webhooks.test(id, asked)) }
    },
  }
}
