import { auditWriter } from '../../governance/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import { webhookHeaders } from './message.ts'
import type { Delivery } from './model.ts'
import type { StoredWebhook } from './ports.ts'
import type { WebhookDeps } from './service.ts'

const second = 1_000_000n
const hour = 3_600n * second
/** A webhook at which nothing arrived for so long is disabled. */
const patience = 24n * hour
/** What could not be sent for so long is no longer news. */
const shelfLife = 72n * hour
/** Settled deliveries are kept so long. */
const kept = 7n * 24n * hour
const everyMs = 1_000
const perRound = 200
const deliverer = { name: 'webhooks' }

export interface WebhookDelivery {
  start(): void
  stop(): Promise<void>
  /** Sends all that is due; to each webhook in order, to several at once. Answers how many were tried. */
  deliverDue(): Promise<number>
}

/**
 * Empties the outbox: every delivery is sent until it is answered with a status of success, with pauses that double up
 * to an hour; later ones overtake it meanwhile. One that arrived just before this process died is sent again, with the same id.
 */
export function createWebhookDelivery(
  deps: WebhookDeps & { onFault(error: unknown): void },
): WebhookDelivery {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let sweptAt = 0n

  async function deliverDue(): Promise<number> {
    const { uow, clock } = deps
    const now = clock.nowMicros()
    const due = await uow.read.webhooks.dueDeliveries(now, perRound)
    const webhooks = [...new Set(due.map(({ webhook }) => webhook))]
    await Promise.all(
      webhooks.map(id =>
        deliverTo(
          deps,
          id,
          due.filter(({ webhook }) => webhook === id),
        ),
      ),
    )
    if (now - sweptAt > hour) {
      sweptAt = now
      await uow.transaction(stores => stores.webhooks.forgetSettled(now - kept))
    }
    return due.length
  }

  const round = async (): Promise<void> => {
    try {
      await deliverDue()
    } catch (error) {
      deps.onFault(error)
    }
  }
  return {
    deliverDue,
    start() {
      timer = setInterval(() => {
        running ??= round().finally(() => {
          running = undefined
        })
      }, everyMs)
      timer.unref()
    },
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

/** In order, up to the first that does not arrive: the others wait for the next round. */
async function deliverTo(deps: WebhookDeps, id: string, deliveries: readonly Delivery[]): Promise<void> {
  for (const delivery of deliveries) {
    const webhook = await deps.uow.read.webhooks.findWebhook(id)
    if (webhook?.status !== 'active') return
    const problem = await trySending(deps, webhook, delivery)
    if (problem === undefined) await arrived(deps, webhook, delivery)
    else {
      await failed(deps, { id, delivery, problem })
      return
    }
  }
}

async function trySending(
  { clock, sender, secrets }: WebhookDeps,
  webhook: StoredWebhook,
  delivery: Delivery,
): Promise<string | undefined> {
  try {
    const secret = webhook.secret === null ? null : secrets.open(webhook.secret)
    const headers = webhookHeaders(delivery, secret, clock.nowMicros())
    const { status } = await sender.send({ url: webhook.url, headers, body: delivery.body })
    return status < 300 ? undefined : `it answered ${status}`
  } catch (error) {
    return messageOf(error).slice(0, 300)
  }
}

async function arrived({ uow, clock }: WebhookDeps, webhook: StoredWebhook, { id }: Delivery): Promise<void> {
  await uow.transaction(async ({ webhooks }) => {
    await webhooks.settle({ id, at: clock.nowMicros(), problem: null })
    const now = webhook.failingSince === null ? undefined : await webhooks.findWebhook(webhook.id)
    if (now !== undefined) await webhooks.updateWebhook({ ...now, failingSince: null })
  })
}

interface Failure {
  readonly id: string
  readonly delivery: Delivery
  readonly problem: string
}

async function failed({ uow, clock }: WebhookDeps, { id, delivery, problem }: Failure): Promise<void> {
  await uow.transaction(async stores => {
    const { webhooks } = stores
    const at = clock.nowMicros()
    if (at - delivery.createdAt > shelfLife) await webhooks.settle({ id: delivery.id, at, problem })
    else await webhooks.postpone({ id: delivery.id, dueAt: at + pauseAfter(delivery.attempts), problem })
    const webhook = await webhooks.findWebhook(id)
    if (webhook?.status !== 'active') return
    const failingSince = webhook.failingSince ?? at
    if (at - failingSince < patience) {
      await webhooks.updateWebhook({ ...webhook, failingSince })
      return
    }
    const disabledBecause = `nothing arrived since ${formatTimestamp(failingSince)}: ${problem}`
    await webhooks.updateWebhook({
      ...webhook,
      failingSince,
      status: 'disabled',
      disabledBecause,
      updatedAt: at,
    })
    await auditWriter(clock, deliverer)(stores, {
      action: 'webhook.disabled',
      object: `webhook:${id}`,
      details: { name: webhook.name, reason: disabledBecause },
    })
  })
}

/** 1 s, 2 s, 4 s … 1 h. */
function pauseAfter(attempts: number): Micros {
  const pause = second << BigInt(Math.min(attempts, 12))
  return pause < hour ? pause : hour
}
