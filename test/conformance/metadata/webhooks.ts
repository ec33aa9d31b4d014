import { describe, expect, it } from 'vitest'
import {
  createRegistryService,
  createWebhookDelivery,
  createWebhookService,
  type WebhookFields,
} from '../../../src/registry/index.ts'
import type { WebhookRequest, WebhookSender } from '../../../src/registry/ports.ts'
import type { MetadataUnderTest } from '../metadata.ts'

const principal = { name: 'mila' }
const minute = 60_000_000n
const hour = 60n * minute

/** Webhooks and their outbox: what enters it, when it is sent again, when it is given up. */
export function webhooksSuite({ db, clock }: MetadataUnderTest): void {
  const sent: WebhookRequest[] = []
  let answer: () => Promise<{ status: number; body: string }> = async () => ({ status: 200, body: '' })
  const sender: { -readonly [Part in keyof WebhookSender]: WebhookSender[Part] } = {
    refusal: async () => undefined,
    send: request => {
      sent.push(request)
      return answer()
    },
  }
  const secrets = { seal: (text: string) => `sealed:${text}`, open: (text: string) => text.slice(7) }
  const parts = () => ({
    ...{ uow: db(), clock, sender, secrets },
    onFault: (error: unknown) => {
      throw error
    },
  })
  const deliver = () => createWebhookDelivery(parts()).deliverDue()
  const create = (fields: Partial<WebhookFields> = {}) =>
    createWebhookService(parts()).create(
      {
        ...{ name: 'ci', url: 'https://hooks.example.com/', secret: 'hush' },
        events: [{ entity: 'registered_model', action: 'created' }],
        ...fields,
      },
      principal,
    )
  const remove = (id: string) => createWebhookService(parts()).remove(id, principal)
  const makeModel = (name: string) => createRegistryService({ uow: db(), clock }).ensureModel({ name })
  const advance = (by: bigint) => clock.set(clock.nowMicros() + by)
  const idsOf = () => sent.map(({ headers }) => headers['X-MLflow-Delivery-Id'])

  describe('webhooks', () => {
    it('put an event into the outbox with the change, or not at all', async () => {
      const { id } = await create()
      const failing = db().transaction(async stores => {
        await stores.webhooks.enqueue({ id: 'lost', webhook: id, body: '{}', createdAt: 0n, attempts: 0 })
        throw new Error('stop')
      })
      await expect(failing).rejects.toThrow('stop')
      expect(await deliver()).toBe(0)
      await makeModel('told-once')
      expect(await deliver()).toBe(1)
      expect(await deliver()).toBe(0)
      expect(JSON.parse(sent.at(-1)?.body ?? '')).toMatchObject({ data: { name: 'told-once' } })
      await remove(id)
    })

    it('keep the secret sealed, out of answers and out of the audit', async () => {
      const { id } = await create({ secret: 'very-secret' })
      expect(JSON.stringify(await createWebhookService(parts()).get(id), (_, v) => String(v))).not.toContain(
        'secret',
      )
      const stored = await db().read.webhooks.findWebhook(id)
      expect(stored?.secret).toBe('sealed:very-secret')
      const { items } = await db().read.audit.list({ objectPrefix: `webhook:${id}` })
      expect(JSON.stringify(items.map(({ details }) => details))).not.toContain('very-secret')
      await remove(id)
    })

    it('are sent again with the same id and body, after pauses that double, until they arrive', async () => {
      const { id } = await create()
      sent.length = 0
      answer = async () => ({ status: 503, body: '' })
      await makeModel('told-late')
      const pauses: bigint[] = []
      for (const pause of [1n, 2n, 4n, 8n]) {
        expect(await deliver()).toBe(1)
        advance(pause * 1_000_000n - 1n)
        expect(await deliver()).toBe(0)
        advance(1n)
        pauses.push(pause)
      }
      answer = async () => Promise.reject(new Error('connection reset'))
      expect(await deliver()).toBe(1)
      advance(hour)
      answer = async () => ({ status: 204, body: '' })
      expect(await deliver()).toBe(1)
      expect(await deliver()).toBe(0)
      expect(sent).toHaveLength(6)
      expect(new Set(idsOf()).size).toBe(1)
      expect(new Set(sent.map(({ body }) => body)).size).toBe(1)
      // Every sending is signed for its own time.
      expect(new Set(sent.map(({ headers }) => headers['X-MLflow-Signature'])).size).toBeGreaterThan(1)
      expect((await db().read.webhooks.findWebhook(id))?.failingSince).toBeNull()
      await remove(id)
    })

    it('are disabled, with the reason, when nothing arrived for a day, and go on when they are enabled', async () => {
      const service = createWebhookService(parts())
      const { id } = await create()
      answer = async () => ({ status: 500, body: '' })
      await makeModel('told-never')
      for (let i = 0; i < 40; i++) {
        await deliver()
        advance(hour)
      }
      const disabled = await service.get(id)
      expect(disabled.status).toBe('disabled')
      expect(disabled.disabledBecause).toMatch(/^nothing arrived since .*: it answered 500$/)
      const { items } = await db().read.audit.list({ objectPrefix: `webhook:${id}` })
      expect(items[0]).toMatchObject({ action: 'webhook.disabled', principal: 'webhooks' })
      await makeModel('not-told')
      expect(await deliver()).toBe(0)
      answer = async () => ({ status: 200, body: '' })
      sent.length = 0
      await service.update(id, { status: 'active' }, principal)
      expect(await deliver()).toBe(1)
      expect(sent.map(({ body }) => JSON.parse(body).data.name)).toEqual(['told-never'])
      expect(await service.get(id)).toMatchObject({ status: 'active', disabledBecause: null })
      await remove(id)
    })

    it('do not wait for each other', async () => {
      const [stuck, fine] = [await create({ url: 'https://stuck.example.com/' }), await create()]
      answer = async () => ({ status: 200, body: '' })
      sent.length = 0
      const { send } = sender
      sender.send = request =>
        request.url.includes('stuck') ? Promise.reject(new Error('down')) : send(request)
      await makeModel('told-one')
      await deliver()
      expect(sent.map(({ url }) => url)).toEqual(['https://hooks.example.com/'])
      sender.send = send
      await remove(stuck.id)
      await remove(fine.id)
    })
  })
}
