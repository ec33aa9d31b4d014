import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DialectServer, startDialect } from '../../support/dialect-server.ts'
import { startReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts'

let server: DialectServer
let receiver: WebhookReceiver
beforeAll(async () => {
  process.env['FETTLE_WEBHOOK_ALLOW'] = '127.0.0.1'
  receiver = await startReceiver()
  server = await startDialect()
})
afterAll(async () => {
  delete process.env['FETTLE_WEBHOOK_ALLOW']
  await server.close()
  await receiver.close()
})

const created = [{ entity: 'MODEL_VERSION', action: 'CREATED' }]
const publicUrl = 'https://93.184.215.14/hook'
interface WireWebhook {
  readonly webhook_id: string
  readonly last_updated_timestamp: number
}
const create = async (fields: object): Promise<WireWebhook> =>
  (await server.ok('POST', '/webhooks', { json: fields }))['webhook'] as WireWebhook

describe('the routes of webhooks', () => {
  it('create, show, change and delete one, and never show its secret', async () => {
    const made = await create({ name: 'ci', url: publicUrl, events: created, secret: 'hush' })
    expect(made).toMatchObject({ name: 'ci', url: publicUrl, events: created, status: 'ACTIVE' })
    const path = `/webhooks/${made.webhook_id}`
    const changed = await server.ok('PATCH', path, {
      json: { name: 'ci2', description: 'told', status: 'DISABLED' },
    })
    expect(changed['webhook']).toMatchObject({
      ...{ name: 'ci2', description: 'told', status: 'DISABLED', url: publicUrl, events: created },
    })
    const shown = await server.ok('GET', path)
    expect(shown).toEqual(changed)
    expect(JSON.stringify([made, changed, shown])).not.toContain('hush')
    expect((changed['webhook'] as WireWebhook).last_updated_timestamp).toBeGreaterThan(
      made.last_updated_timestamp,
    )
    await server.ok('DELETE', path)
    const gone = await server.send('GET', path)
    expect([gone.status, gone.body['error_code']]).toEqual([404, 'RESOURCE_DOES_NOT_EXIST'])
    expect(gone.body['message']).toBe(`Webhook with ID ${made.webhook_id} not found.`)
  })

  it('list them newest first, page by page', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const ids: string[] = []
    for (const name of names) ids.push((await create({ name, url: publicUrl, events: created })).webhook_id)
    const seen: string[] = []
    for (let token = ''; ; ) {
      const page = await server.ok('GET', '/webhooks', {
        query: [['max_results', '2'], ...(token === '' ? [] : [['page_token', token] as const])],
      })
      const { webhooks, next_page_token } = page as {
        webhooks: { name: string }[]
        next_page_token?: string
      }
      expect(webhooks.length).toBeLessThanOrEqual(2)
      seen.push(...webhooks.map(({ name }) => name))
      if (next_page_token === undefined) break
      token = next_page_token
    }
    expect(seen).toEqual([...names].reverse())
    expect((await server.send('GET', '/webhooks', { query: [['page_token', 'x']] })).status).toBe(400)
    for (const id of ids) await server.ok('DELETE', `/webhooks/${id}`)
  })

  it.each([
    [{ url: '   ' }, 'Webhook URL cannot be empty or just whitespace'],
    [{ url: 'ftp://example.com' }, 'Invalid webhook URL scheme'],
    [{ url: 'http://[invalid' }, 'Invalid webhook URL'],
    [{ url: 'http://93.184.215.14/' }, 'is not https'],
    [{ url: 'https://10.0.0.1/' }, '10.0.0.1 is a private address'],
    [{ url: 'https://[::ffff:169.254.169.254]/latest' }, 'is a private address'],
    [{ url: 'https://0x7f000002/' }, '127.0.0.2 is a private address'],
    [{ url: 'https://metadata.localhost/' }, 'is a private address'],
    [{ url: 'https://mila:pw@93.184.215.14/' }, 'user or password'],
    [{ name: '-lead' }, 'Webhook name'],
    [{ name: `a${'b'.repeat(63)}` }, 'Webhook name'],
    [{ events: [] }, 'cannot be empty'],
    [{ events: [{ entity: 'PROMPT', action: 'SET' }] }, "Invalid action 'set' for entity 'prompt'"],
    [{ events: [{ entity: 'CAT', action: 'SET' }] }, 'events[0].entity'],
    [{ events: [...created, ...created] }, 'named twice'],
  ])('refuse %j', async (wrong, message) => {
    const answer = await server.send('POST', '/webhooks', {
      json: { name: 'n', url: publicUrl, events: created, ...wrong },
    })
    expect([answer.status, answer.body['error_code']]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(answer.body['message']).toContain(message)
  })
})

describe('what is delivered', () => {
  it('tells of every change of a model, signed, to those who want it', async () => {
    const events = [
      ['REGISTERED_MODEL', 'CREATED'],
      ['MODEL_VERSION', 'CREATED'],
      ['MODEL_VERSION_TAG', 'SET'],
      ['MODEL_VERSION_TAG', 'DELETED'],
      ['MODEL_VERSION_ALIAS', 'CREATED'],
      ['MODEL_VERSION_ALIAS', 'DELETED'],
    ].map(([entity, action]) => ({ entity, action }))
    const { webhook_id } = await create({ name: 'all', url: receiver.url, events, secret: 'hush' })
    await create({ name: 'off', url: receiver.url, events, status: 'DISABLED' })
    const name = { name: 'late' }
    await server.ok('POST', '/registered-models/create', {
      json: { ...name, tags: [{ key: 'team', value: 'ops' }] },
    })
    await server.ok('POST', '/model-versions/create', {
      json: { ...name, source: 's3://bucket/model', description: 'first' },
    })
    const version = { ...name, version: '1' }
    await server.ok('POST', '/model-versions/set-tag', {
      json: { ...version, key: 'k', value: 'x'.repeat(900) },
    })
    await server.ok('DELETE', '/model-versions/delete-tag', { json: { ...version, key: 'k' } })
    await server.ok('POST', '/registered-models/alias', { json: { ...version, alias: 'best' } })
    await server.ok('DELETE', '/registered-models/alias', { json: { ...name, alias: 'best' } })
    await server.ok('POST', '/registered-models/set-tag', { json: { ...name, key: 'quiet', value: '1' } })
    await receiver.waitFor(6)
    const bodies = receiver.received.map(({ body }) => JSON.parse(body))
    expect(bodies.map(({ entity, action, data }) => [`${entity}.${action}`, data])).toEqual([
      ['registered_model.created', { ...name, tags: { team: 'ops' }, description: null }],
      [
        'model_version.created',
        { ...version, source: 's3://bucket/model', run_id: null, tags: {}, description: 'first' },
      ],
      ['model_version_tag.set', { ...version, key: 'k', value: 'x'.repeat(900) }],
      ['model_version_tag.deleted', { ...version, key: 'k' }],
      ['model_version_alias.created', { ...version, alias: 'best' }],
      ['model_version_alias.deleted', { ...name, alias: 'best' }],
    ])
    for (const { headers, body } of receiver.received) {
      const id = headers['x-mlflow-delivery-id']
      const time = headers['x-mlflow-timestamp']
      const digest = createHmac('sha256', 'hush').update(`${id}.${time}.${body}`).digest('base64')
      expect(headers['x-mlflow-signature']).toBe(`v1,${digest}`)
      expect(Math.abs(Date.now() / 1000 - Number(time))).toBeLessThan(30)
      expect(JSON.parse(body).timestamp).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/)
    }
    await server.ok('DELETE', `/webhooks/${webhook_id}`)
  })

  it('tells of prompts by their own names', async () => {
    const before = receiver.received.length
    const events = [
      { entity: 'PROMPT', action: 'CREATED' },
      { entity: 'PROMPT_VERSION', action: 'CREATED' },
    ]
    await create({ name: 'prompts', url: receiver.url, events })
    await server.ok('POST', '/registered-models/create', {
      json: { name: 'greet', tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }] },
    })
    await server.ok('POST', '/model-versions/create', {
      json: {
        ...{ name: 'greet', source: 'dummy-source' },
        tags: [{ key: 'mlflow.prompt.text', value: 'Hi {{who}}' }],
      },
    })
    await receiver.waitFor(before + 2)
    const told = receiver.received.slice(before)
    expect(told.map(({ body }) => JSON.parse(body).data)).toEqual([
      { name: 'greet', tags: {}, description: null },
      { name: 'greet', version: '1', template: 'Hi {{who}}', tags: {}, description: null },
    ])
    expect(told[0]?.headers['x-mlflow-signature']).toBeUndefined()
  })

  it('a test sends an example and tells the answer, or why there was none', async () => {
    const before = receiver.received.length
    const hook = await create({ name: 'try', url: receiver.url, events: created })
    const path = `/webhooks/${hook.webhook_id}/test`
    expect(await server.ok('POST', path, { json: {} })).toEqual({
      result: { success: true, response_status: 200, response_body: 'taken' },
    })
    expect(JSON.parse(receiver.received[before]?.body ?? '').data.name).toBe('example_model')
    receiver.status = 503
    const event = { entity: 'PROMPT_ALIAS', action: 'DELETED' }
    expect(await server.ok('POST', path, { json: { event } })).toEqual({
      result: { success: false, response_status: 503, response_body: 'taken' },
    })
    expect(JSON.parse(receiver.received[before + 1]?.body ?? '').data).toEqual({
      ...{ name: 'example_prompt', alias: 'example_alias' },
    })
    receiver.status = 200
    const { port } = new URL(receiver.url)
    const dead = await create({
      name: 'dead',
      url: `http://127.0.0.1:${Number(port) === 1 ? 2 : 1}/`,
      events: created,
    })
    const { result } = await server.ok('POST', `/webhooks/${dead.webhook_id}/test`, { json: {} })
    expect(result).toMatchObject({ success: false })
    expect((result as { error_message: string }).error_message).toContain('was not reached')
  })
})
