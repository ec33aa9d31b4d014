import type { webhookAction, webhookEntity, webhookStatus } from '../../../api/mlflow/enums.ts'
import type { Webhook, WebhookEvent, WebhookService } from '../../../registry/index.ts'
import { millis, set } from './facts.ts'

interface WireEvent {
  readonly entity: keyof typeof webhookEntity
  readonly action: keyof typeof webhookAction
}

/** What is no event is told by the domain. */
export function eventsFromWire(events: readonly WireEvent[]): WebhookEvent[] {
  return events.map(
    ({ entity, action }) => ({ entity: entity.toLowerCase(), action: action.toLowerCase() }) as WebhookEvent,
  )
}

export function statusFromWire(
  status: keyof typeof webhookStatus | undefined,
): Partial<Pick<Webhook, 'status'>> {
  return status === undefined ? {} : { status: status === 'ACTIVE' ? 'active' : 'disabled' }
}

export function webhookToWire(webhook: Webhook): object {
  const { id, name, url, status, description, disabledBecause } = webhook
  return {
    webhook_id: id,
    name,
    description: set(shownDescription(description, disabledBecause)),
    url,
    events: webhook.events.map(({ entity, action }) => ({
      entity: entity.toUpperCase(),
      action: action.toUpperCase(),
    })),
    status: status === 'active' ? 'ACTIVE' : 'DISABLED',
    creation_timestamp: millis(webhook.createdAt),
    last_updated_timestamp: millis(webhook.updatedAt),
  }
}

/** This wire has no field for why a webhook was disabled. */
function shownDescription(description: string | null, disabledBecause: string | null): string | null {
  if (disabledBecause === null) return description
  return [description, `[disabled: ${disabledBecause}]`].filter(Boolean).join(' ')
}

export function testToWire({
  success,
  answer,
  problem,
}: Awaited<ReturnType<WebhookService['test']>>): object {
  return {
    success,
    ...(answer === null ? {} : { response_status: answer.status, response_body: answer.body }),
    ...(problem === null ? {} : { error_message: problem }),
  }
}
