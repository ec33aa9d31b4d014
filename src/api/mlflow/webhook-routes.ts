import { webhookAction, webhookEntity, webhookStatus } from './enums.ts'
import { integer, listOf, message, nameOf, optional, required, text } from './fields.ts'
import { reads, writes } from './route-types.ts'

const event = message({
  entity: required(nameOf(webhookEntity)),
  action: required(nameOf(webhookAction)),
})
const id = { webhook_id: required(text) } as const

export const webhookRoutes = {
  createWebhook: writes('POST', '/webhooks', {
    name: required(text),
    description: optional(text),
    url: required(text),
    events: required(listOf(event)),
    secret: optional(text),
    status: optional(nameOf(webhookStatus)),
  }),
  listWebhooks: reads(['GET'], '/webhooks', { max_results: optional(integer), page_token: optional(text) }),
  getWebhook: reads(['GET'], '/webhooks/:webhook_id', id),
  updateWebhook: writes('PATCH', '/webhooks/:webhook_id', {
    ...id,
    name: optional(text),
    description: optional(text),
    url: optional(text),
    events: optional(listOf(event)),
    secret: optional(text),
    status: optional(nameOf(webhookStatus)),
  }),
  deleteWebhook: writes('DELETE', '/webhooks/:webhook_id', id),
  testWebhook: writes('POST', '/webhooks/:webhook_id/test', { ...id, event: optional(event) }),
} as const
