import { randomUUID } from 'node:crypto'
import { type AuditStores, auditWriter, type Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Page, PageRequest, UnitOfWork } from '../../kernel/unit-of-work.ts'
import { exampleData, webhookBody, webhookHeaders } from './message.ts'
import type { Webhook, WebhookEvent } from './model.ts'
import type { SecretBox, StoredWebhook, WebhookSender, WebhookStore } from './ports.ts'
import { assertWebhookEvents, assertWebhookName, assertWebhookTexts, parseWebhookUrl } from './validate.ts'

export interface WebhookFields {
  readonly name: string
  readonly url: string
  readonly events: readonly WebhookEvent[]
  readonly description?: string
  /** Deliveries are signed with it; the empty text takes it away. */
  readonly secret?: string
  readonly status?: Webhook['status']
}

export interface WebhookTest {
  readonly success: boolean
  /** What the receiver answered; null when it did not. */
  readonly answer: { readonly status: number; readonly body: string } | null
  readonly problem: string | null
}

/** Every change is audited in its transaction, never with the secret. Errors: WEBHOOK_UNKNOWN, WEBHOOK_INVALID. */
export interface WebhookService {
  create(webhook: WebhookFields, principal: Principal): Promise<Webhook>
  get(id: string): Promise<Webhook>
  /** Newest first. */
  list(page: PageRequest): Promise<Page<Webhook>>
  /** What is left out stays. */
  update(id: string, change: Partial<WebhookFields>, principal: Principal): Promise<Webhook>
  /** What was not yet sent to it is not sent. */
  remove(id: string, principal: Principal): Promise<void>
  /** Sends an example now, once; by default of the first event it wants. */
  test(id: string, event?: WebhookEvent): Promise<WebhookTest>
}

export interface WebhookDeps {
  readonly uow: UnitOfWork<AuditStores & { readonly webhooks: WebhookStore }>
  readonly clock: Clock
  readonly sender: WebhookSender
  readonly secrets: SecretBox
}

export function createWebhookService(deps: WebhookDeps): WebhookService {
  const { uow } = deps
  return {
    create: (webhook, principal) => createWebhook(deps, webhook, principal),
    get: async id => shownWebhook(await knownWebhook(uow.read.webhooks, id)),
    async list(request) {
      const page = await uow.read.webhooks.listWebhooks(request)
      return { ...page, items: page.items.map(shownWebhook) }
    },
    update: (id, change, principal) => updateWebhook(deps, { id, change }, principal),
    remove: (id, principal) =>
      uow.transaction(async stores => {
        const { name } = await knownWebhook(stores.webhooks, id)
        await stores.webhooks.removeWebhook(id)
        await auditWriter(deps.clock, principal)(stores, {
          action: 'webhook.deleted',
          object: `webhook:${id}`,
          details: { name },
        })
      }),
    test: (id, event) => testWebhook(deps, id, event),
  }
}

async function createWebhook(
  deps: WebhookDeps,
  fields: WebhookFields,
  principal: Principal,
): Promise<Webhook> {
  await assertFields(deps, fields)
  const { name, url, events, description = '', secret = '', status = 'active' } = fields
  const at = deps.clock.nowMicros()
  const webhook: StoredWebhook = {
    id: randomUUID(),
    name,
    url,
    events,
    description: description || null,
    secret: secret === '' ? null : deps.secrets.seal(secret),
    status,
    disabledBecause: null,
    failingSince: null,
    createdAt: at,
    updatedAt: at,
  }
  await deps.uow.transaction(async stores => {
    await stores.webhooks.insertWebhook(webhook)
    await auditWriter(deps.clock, principal)(stores, {
      action: 'webhook.created',
      object: `webhook:${webhook.id}`,
      details: auditedFields(webhook),
    })
  })
  return shownWebhook(webhook)
}

async function updateWebhook(
  deps: WebhookDeps,
  { id, change }: { readonly id: string; readonly change: Partial<WebhookFields> },
  principal: Principal,
): Promise<Webhook> {
  await knownWebhook(deps.uow.read.webhooks, id)
  await assertFields(deps, change)
  const { description, secret, status, ...plain } = change
  return deps.uow.transaction(async stores => {
    const before = await knownWebhook(stores.webhooks, id)
    const after: StoredWebhook = {
      ...before,
      ...plain,
      ...(description === undefined ? {} : { description: description || null }),
      ...(secret === undefined ? {} : { secret: secret === '' ? null : deps.secrets.seal(secret) }),
      ...(status === undefined ? {} : { status, disabledBecause: null, failingSince: null }),
      updatedAt: later(deps.clock.nowMicros(), before.updatedAt),
    }
    await stores.webhooks.updateWebhook(after)
    await auditWriter(deps.clock, principal)(stores, {
      action: 'webhook.changed',
      object: `webhook:${id}`,
      details: {
        before: auditedFields(before),
        after: auditedFields(after),
        newSecret: secret !== undefined,
      },
    })
    return shownWebhook(after)
  })
}

/** At least one millisecond later: clients tell changes apart by it. */
const later = (now: bigint, before: bigint): bigint => (now >= before + 1_000n ? now : before + 1_000n)

async function assertFields({ sender }: WebhookDeps, fields: Partial<WebhookFields>): Promise<void> {
  const { name, url, events } = fields
  if (name !== undefined) assertWebhookName(name)
  if (events !== undefined) assertWebhookEvents(events)
  assertWebhookTexts(fields)
  if (url === undefined) return
  const refused = await sender.refusal(parseWebhookUrl(url))
  if (refused !== undefined) throw new FettleError('WEBHOOK_INVALID', `Invalid webhook URL: ${refused}`)
}

async function testWebhook(
  deps: WebhookDeps,
  id: string,
  asked: WebhookEvent | undefined,
): Promise<WebhookTest> {
  const webhook = await knownWebhook(deps.uow.read.webhooks, id)
  const event = asked ?? webhook.events[0]
  if (event === undefined) throw new FettleError('WEBHOOK_INVALID', 'Webhook events cannot be empty')
  assertWebhookEvents([event])
  const now = deps.clock.nowMicros()
  const delivery = { id: randomUUID(), body: webhookBody(event, exampleData(event), now) }
  try {
    const secret = webhook.secret === null ? null : deps.secrets.open(webhook.secret)
    const headers = webhookHeaders(delivery, secret, now)
    const answer = await deps.sender.send({ url: webhook.url, headers, body: delivery.body })
    return { success: answer.status < 400, answer, problem: null }
  } catch (error) {
    return { success: false, answer: null, problem: `Failed to test webhook: ${messageOf(error)}` }
  }
}

async function knownWebhook(store: WebhookStore, id: string): Promise<StoredWebhook> {
  const webhook = await store.findWebhook(id)
  if (webhook === undefined)
    throw new FettleError('WEBHOOK_UNKNOWN', `Webhook with ID ${id.slice(0, 100)} not found.`)
  return webhook
}

function shownWebhook({ secret: _secret, failingSince: _failing, ...webhook }: StoredWebhook): Webhook {
  return webhook
}

const auditedFields = ({ name, url, events, status }: Webhook) => ({
  name,
  url,
  status,
  events: events.map(({ entity, action }) => `${entity}.${action}`),
})
