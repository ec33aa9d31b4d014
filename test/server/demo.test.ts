import { afterAll, expect, test } from 'vitest'
import { demoLinks } from '../../src/server/demo-links.ts'
import { fakeServer, linkSecret, token } from '../support/fake-server.ts'

const { app, services } = fakeServer()
afterAll(() => app.close())

const tomorrow = BigInt(Date.now() + 86_400_000) * 1000n
const link = { deployment: 'late', by: 'mila', until: tomorrow }
const made = (secret = linkSecret, more: Partial<typeof link> = {}) =>
  demoLinks(secret, () => 0n).make({ ...link, ...more })

/** From another machine, without the server's token. */
async function fromAfar(method: 'GET' | 'POST', path: string, payload?: object) {
  const response = await app.inject({
    ...{ method, url: `/api/v1${path}`, remoteAddress: '203.0.113.9', headers: { host: 'fettle.example' } },
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: response.statusCode, body: response.json() }
}

test('a link opens its demo page from anywhere, with keys masked', async () => {
  const { status, body } = await fromAfar('GET', `/shared-demo/${made()}`)
  expect(status).toBe(200)
  expect(body.link).toMatchObject({ by: 'mila' })
  const keys = body.fields.filter((field: { role: string }) => field.role === 'key')
  expect(keys.length).toBeGreaterThan(0)
  for (const key of keys) {
    expect(key).toMatchObject({ masked: true, choices: null })
    expect([null, '•••']).toContain(body.example[key.name])
  }
})

test('a link opens nothing else', async () => {
  for (const path of ['/demo/late', '/deployments/late', '/decisions/b-0', '/home'])
    expect((await fromAfar('GET', path)).body.error.code).toBe('UNAUTHENTICATED')
  const asBearer = await app.inject({
    ...{ method: 'GET', url: '/api/v1/home', remoteAddress: '203.0.113.9' },
    headers: { authorization: `Bearer ${made()}` },
  })
  expect(asBearer.statusCode).toBe(401)
  expect((await fromAfar('GET', `/shared-demo/${made()}/decisions/b-0`)).body.error.code).toBe(
    'DECISION_UNKNOWN',
  )
})

test('a link that is forged, changed or expired opens nothing', async () => {
  const [text = '', signature = ''] = made().split('~')
  const other = Buffer.from(JSON.stringify(['other', 'mila', String(tomorrow)])).toString('base64url')
  const bad = [
    made('another secret'),
    `${other}~${signature}`,
    text,
    '',
    'x~y',
    made(linkSecret, { until: 1n }),
  ]
  for (const each of bad.filter(Boolean)) {
    const { status, body } = await fromAfar('GET', `/shared-demo/${each}`)
    expect(status, each).toBe(401)
    expect(body.error.hint).toContain('new one')
  }
})

test('a decision behind a link says neither its keys nor reasons with them', async () => {
  const { body } = await fromAfar('GET', `/shared-demo/${made()}/decisions/d-0`)
  expect(body.entity).toEqual({ origin: '•••' })
  expect(JSON.stringify(body.reasons)).not.toContain('JFK')
})

test('a masked value that comes back stands for that of the example', async () => {
  await fromAfar('POST', `/shared-demo/${made()}/predict`, { rows: [{ origin: '•••', distance: 3 }] })
  const sent = services.calls.findLast(([name]) => name === 'predict')?.[1]
  expect(JSON.stringify(sent)).not.toContain('•••')
})

test('a link may ask so much a minute, and may ask again after it', () => {
  let now = 0n
  const links = demoLinks('s', () => now)
  for (let call = 0; call < 3; call++) links.spend('a', 1_000)
  expect(() => links.spend('a', 1)).toThrow(expect.objectContaining({ code: 'QUOTA' }))
  links.spend('b', 1_000)
  now = 60_000_000n
  links.spend('a', 1_000)
  for (let call = 1; call < 120; call++) links.spend('a', 0)
  expect(() => links.spend('a', 0)).toThrow(expect.objectContaining({ code: 'QUOTA' }))
})

test('a link lasts as many days as asked for', async () => {
  const response = await app.inject({
    ...{ method: 'POST', url: '/api/v1/demo/late/links', payload: { days: 2 } },
    headers: { authorization: `Bearer ${token}` },
  })
  const { token: linked, until } = response.json()
  expect(Date.parse(until) - Date.now()).toBeGreaterThan(1.9 * 86_400_000)
  expect((await fromAfar('GET', `/shared-demo/${linked}`)).status).toBe(200)
})
