import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import { webhookSender } from '../adapters/webhooks/index.ts'
import { secretBox } from '../adapters/webhooks/secret-box.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import {
  createWebhookDelivery,
  createWebhookService,
  type WebhookDelivery,
  type WebhookService,
} from '../registry/index.ts'
import { webhookKey } from './project-keys.ts'

interface WebhookParts {
  /** Where the keys are kept. */
  readonly root: string
  readonly database: MetadataDatabase
  readonly clock: Clock
  onFault(error: unknown): void
}

/** Webhooks over one database. `FETTLE_WEBHOOK_ALLOW` names private places they may be sent to. Throws USAGE. */
export function openWebhooks({ root, database: uow, clock, onFault }: WebhookParts): {
  readonly webhooks: WebhookService
  readonly delivery: WebhookDelivery
} {
  const parts = { uow, clock, sender: sender(), secrets: secretBox(webhookKey(root)) }
  return { webhooks: createWebhookService(parts), delivery: createWebhookDelivery({ ...parts, onFault }) }
}

function sender() {
  try {
    return webhookSender({ allow: process.env['FETTLE_WEBHOOK_ALLOW'] ?? '' })
  } catch (error) {
    throw new FettleError('USAGE', `FETTLE_WEBHOOK_ALLOW: ${messageOf(error)}`, {
      hint: 'Write names, addresses and networks with commas between them: hooks.internal, 10.2.0.0/16.',
    })
  }
}
