import type { Micros } from '../../kernel/time.ts'
import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import type { Delivery, Webhook } from './model.ts'

export interface StoredWebhook extends Webhook {
  /** Sealed. */
  readonly secret: string | null
  /** Since when nothing arrives; null when the last sending did. */
  readonly failingSince: Micros | null
}

/** Webhooks, and the outbox of what they are told: an event enters it in the transaction of the change it tells of. */
export interface WebhookStore {
  insertWebhook(webhook: StoredWebhook): Promise<void>
  findWebhook(id: string): Promise<StoredWebhook | undefined>
  /** Newest first. */
  listWebhooks(page: PageRequest): Promise<Page<StoredWebhook>>
  activeWebhooks(): Promise<readonly StoredWebhook[]>
  updateWebhook(webhook: StoredWebhook): Promise<void>
  /** With all that is still to be sent to it. */
  removeWebhook(id: string): Promise<void>

  enqueue(delivery: Delivery): Promise<void>
  /** To be sent to active webhooks by now, oldest first. */
  dueDeliveries(now: Micros, limit: number): Promise<readonly Delivery[]>
  postpone(delivery: { readonly id: string; readonly dueAt: Micros; readonly problem: string }): Promise<void>
  /** Arrived or given up: it is never sent again. */
  settle(delivery: {
    readonly id: string
    readonly at: Micros
    readonly problem: string | null
  }): Promise<void>
  /** Forgets what was settled before an instant. */
  forgetSettled(before: Micros): Promise<void>
}

export interface WebhookRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends by HTTP. Follows no redirect, and never connects to a private address that is not allowed. */
export interface WebhookSender {
  /** Why an address may not be sent to, as far as it shows without a connection; undefined when it may. */
  refusal(url: URL): Promise<string | undefined>
  /** Answers status and the beginning of the body. Rejects when there was no answer, or none was asked for. */
  send(request: WebhookRequest): Promise<{ readonly status: number; readonly body: string }>
}

/** Keeps a secret unreadable where it is stored. */
export interface SecretBox {
  seal(secret: string): string
  /** Throws where it was sealed by another key, or altered. */
  open(sealed: string): string
}
