import { type Kysely, type Selectable, sql } from 'kysely'
import type { StoredWebhook, WebhookStore } from '../../../registry/ports.ts'
import { fromJsonText, type MicrosColumn, micros, type NullableMicrosColumn, toJsonText } from '../columns.ts'
import { readCursor, toPage, writeCursor } from '../keyset.ts'
import type { Schema } from '../schema.ts'

export interface WebhookTables {
  /** `body`: every member that has no column. */
  webhooks: {
    seq: number
    id: string
    status: string
    body: string
    created_at: MicrosColumn
    updated_at: MicrosColumn
  }
  /** `due_at` is null once it is settled. */
  webhook_deliveries: {
    seq: number
    id: string
    webhook: string
    body: string
    created_at: MicrosColumn
    attempts: number
    due_at: NullableMicrosColumn
    settled_at: NullableMicrosColumn
    problem: string | null
  }
}

export function webhookStore(db: Kysely<Schema>): WebhookStore {
  return {
    async insertWebhook(webhook) {
      const seq = await nextSeq(db, 'webhooks')
      await db
        .insertInto('webhooks')
        .values({ seq, ...toRow(webhook) })
        .execute()
    },
    async findWebhook(id) {
      const row = await db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toWebhook(row)
    },
    async listWebhooks({ limit = 100, ...page }) {
      const [before] = readCursor('webhooks', page, 1) ?? []
      let query = db.selectFrom('webhooks').selectAll().orderBy('seq', 'desc')
      if (before !== undefined) query = query.where('seq', '<', Number(before))
      const rows = await query.limit(limit + 1).execute()
      return toPage(rows, limit, { item: toWebhook, cursor: row => writeCursor('webhooks', [row.seq]) })
    },
    async activeWebhooks() {
      const rows = await db
        .selectFrom('webhooks')
        .selectAll()
        .where('status', '=', 'active')
        .orderBy('seq')
        .execute()
      return rows.map(toWebhook)
    },
    async updateWebhook(webhook) {
      await db.updateTable('webhooks').set(toRow(webhook)).where('id', '=', webhook.id).execute()
    },
    async removeWebhook(id) {
      await db.deleteFrom('webhook_deliveries').where('webhook', '=', id).execute()
      await db.deleteFrom('webhooks').where('id', '=', id).execute()
    },
    ...outbox(db),
  }
}

function outbox(
  db: Kysely<Schema>,
): Pick<WebhookStore, 'enqueue' | 'dueDeliveries' | 'postpone' | 'settle' | 'forgetSettled'> {
  return {
    async enqueue({ id, webhook, body, createdAt, attempts }) {
      const seq = await nextSeq(db, 'webhook_deliveries')
      await db
        .insertInto('webhook_deliveries')
        .values({
          ...{ seq, id, webhook, body, attempts, created_at: createdAt, due_at: createdAt },
          ...{ settled_at: null, problem: null },
        })
        .execute()
    },
    async dueDeliveries(now, limit) {
      const rows = await db
        .selectFrom('webhook_deliveries as d')
        .innerJoin('webhooks as w', 'w.id', 'd.webhook')
        .selectAll('d')
        .where('d.due_at', '<=', now)
        .where('w.status', '=', 'active')
        .orderBy('d.seq')
        .limit(limit)
        .execute()
      return rows.map(({ id, webhook, body, created_at, attempts }) => ({
        ...{ id, webhook, body, attempts },
        createdAt: micros(created_at),
      }))
    },
    async postpone({ id, dueAt, problem }) {
      await db
        .updateTable('webhook_deliveries')
        .set(eb => ({ due_at: dueAt, problem, attempts: eb('attempts', '+', 1) }))
        .where('id', '=', id)
        .execute()
    },
    async settle({ id, at, problem }) {
      await db
        .updateTable('webhook_deliveries')
        .set({ due_at: null, settled_at: at, problem })
        .where('id', '=', id)
        .execute()
    },
    async forgetSettled(before) {
      await db.deleteFrom('webhook_deliveries').where('settled_at', '<', before).execute()
    },
  }
}

async function nextSeq(db: Kysely<Schema>, table: 'webhooks' | 'webhook_deliveries'): Promise<number> {
  const { last } = await db
    .selectFrom(table)
    .select(sql<number | null>`max(seq)`.as('last'))
    .executeTakeFirstOrThrow()
  return Number(last ?? 0) + 1
}

function toRow({ id, status, createdAt, updatedAt, ...rest }: StoredWebhook) {
  const { failingSince, ...body } = rest
  return {
    ...{ id, status, created_at: createdAt, updated_at: updatedAt },
    body: toJsonText({ ...body, failingSince: failingSince === null ? null : String(failingSince) }),
  }
}

function toWebhook({
  id,
  status,
  body,
  created_at,
  updated_at,
}: Selectable<WebhookTables['webhooks']>): StoredWebhook {
  const { failingSince, ...rest } = fromJsonText<
    Omit<StoredWebhook, 'id' | 'status' | 'createdAt' | 'updatedAt' | 'failingSince'> & {
      readonly failingSince: string | null
    }
  >(body)
  return {
    ...rest,
    ...{ id, status: status as StoredWebhook['status'] },
    failingSince: failingSince === null ? null : BigInt(failingSince),
    createdAt: micros(created_at),
    updatedAt: micros(updated_at),
  }
}
