import type { Micros } from '../../kernel/time.ts'

/** What may happen, by the entity it happens to: names are those of MLflow's webhooks. */
export const webhookEvents = {
  registered_model: ['created'],
  model_version: ['created'],
  model_version_tag: ['set', 'deleted'],
  model_version_alias: ['created', 'deleted'],
  prompt: ['created'],
  prompt_version: ['created'],
  prompt_tag: ['set', 'deleted'],
  prompt_version_tag: ['set', 'deleted'],
  prompt_alias: ['created', 'deleted'],
} as const

export type WebhookEntity = keyof typeof webhookEvents
export type WebhookAction = 'created' | 'updated' | 'deleted' | 'set'

export interface WebhookEvent {
  readonly entity: WebhookEntity
  readonly action: WebhookAction
}

/** Somebody's wish to be told of events by HTTP. Its secret is never shown. */
export interface Webhook {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly url: string
  readonly events: readonly WebhookEvent[]
  readonly status: 'active' | 'disabled'
  /** Why it was disabled without being asked; null when a person did, or it is active. */
  readonly disabledBecause: string | null
  readonly createdAt: Micros
  readonly updatedAt: Micros
}

/** One event for one webhook. Its id and body stay the same however often it is sent. */
export interface Delivery {
  readonly id: string
  readonly webhook: string
  /** JSON as it is signed and sent. */
  readonly body: string
  readonly createdAt: Micros
  /** Sendings that failed. */
  readonly attempts: number
}
