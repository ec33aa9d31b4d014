import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { live } from '../../examples/flights/definitions/late.ts'
import { renderPerformance } from '../../src/cli/render/feedback.ts'
import { connect } from '../../src/client/index.ts'
import { fakeServer, token } from '../support/fake-server.ts'
import { runPython } from '../support/python-client.ts'

const asked: { readonly url: string; readonly body: unknown }[] = []
let data: Server
let dataUrl = ''
beforeAll(async () => {
  data = createServer((request, response) => {
    void bodyOf(request).then(text => {
      asked.push({ url: request.url ?? '', body: JSON.parse(text) })
      response.end(JSON.stringify({ accepted: 1, duplicate: 0, pending: 0, rejected: [] }))
    })
  })
  await new Promise<void>(resolve => data.listen(0, '127.0.0.1', resolve))
  dataUrl = `http://127.0.0.1:${(data.address() as AddressInfo).port}`
})
afterAll(() => data.close())

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

const lastItems = () => (asked.at(-1)?.body as { readonly items?: unknown } | undefined)?.items

describe('the TypeScript client', () => {
  it('sends every member by its wire name, and nothing for what is left out', async () => {
    const client = connect({ url: 'http://127.0.0.1:9', dataUrl })
    const eventTime = new Date('2026-03-01T11:00:00Z')
    const reply = await client.feedback('my late', [
      {
        ...{ predictionId: 'p-0', kind: 'late', value: 1, eventTime, knownTime: '2026-03-02T00:00:00+01:00' },
        ...{ id: 'mine', source: 'desk', actorClass: 'reviewer', actor: 'ann', note: 'seen' },
      },
      { requestId: 'r', row: 2, kind: 'right', value: false, eventTime },
    ])
    expect(reply.accepted).toBe(1)
    expect(asked.at(-1)?.url).toBe('/feedback/my%20late')
    expect(lastItems()).toEqual([
      {
        ...{ prediction_id: 'p-0', kind: 'late', value: 1, event_time: '2026-03-01T11:00:00.000Z' },
        ...{ known_time: '2026-03-02T00:00:00+01:00', feedback_id: 'mine', source: 'desk' },
        ...{ actor_class: 'reviewer', actor: 'ann', note: 'seen' },
      },
      {
        ...{ request_id: 'r', row: 2, kind: 'right', value: false },
        event_time: '2026-03-01T11:00:00.000Z',
      },
    ])
  })

  it('takes keys typed by the definition, and refuses an item about nothing or two things', async () => {
    const client = connect({ url: 'http://127.0.0.1:9', dataUrl }).deployment(live)
    const eventTime = '2026-03-01T11:00:00Z'
    await client.feedback([{ key: { origin: 'ORD' }, kind: 'late', value: 1, eventTime }])
    expect(lastItems()).toEqual([{ key: { origin: 'ORD' }, kind: 'late', value: 1, event_time: eventTime }])
    // @ts-expect-error orgin is misspelt
    const misspelt = () => client.feedback([{ key: { orgin: 'ORD' }, kind: 'late', value: 1, eventTime }])
    // @ts-expect-error it says of nothing
    const nothing = () => client.feedback([{ kind: 'late', value: 1, eventTime }])
    expect([misspelt, nothing]).toHaveLength(2)
  })
})

describe('over the server', () => {
  const { app, services } = fakeServer()
  const folder = mkdtempSync(join(tmpdir(), 'fettle-feedback-clients-'))
  let url = ''
  beforeAll(async () => {
    url = await app.listen({ port: 0, host: '127.0.0.1' })
  })
  afterAll(async () => {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('Python sends datetimes with their zone, in portions, and refuses those without', async () => {
    const { code, out, err } = await runPython(
      `
import datetime, fettle
at = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
items = ({"key": {"origin": str(n)}, "kind": "late", "value": n % 2, "event_time": at, "note": None} for n in range(5001))
print(fettle.feedback("late", items))
try:
    fettle.feedback("late", [{"prediction_id": "p", "kind": "late", "value": 1, "event_time": datetime.datetime.now()}])
except ValueError as error:
    print("no time zone" in str(error))
try:
    fettle.feedback("x/y", [{"kind": "late"}])
except fettle.FettleError as error:
    print(error.code)
`,
      { url, spool: join(folder, 'spool'), environment: { FETTLE_TOKEN: token } },
    )
    expect([code, err]).toEqual([0, ''])
    expect(out.trim().split('\n')).toEqual([
      "{'accepted': 2, 'duplicate': 0, 'pending': 0, 'rejected': []}",
      'True',
      'UNKNOWN_DEPLOYMENT',
    ])
    const sent = services.calls.filter(([name]) => name === 'sendFeedback').map(([, value]) => value)
    const bodies = sent as readonly { readonly body: { readonly items: readonly unknown[] } }[]
    expect(bodies.map(({ body }) => body.items.length)).toEqual([5000, 1])
    expect(bodies[0]?.body.items[1]).toEqual({
      ...{ key: { origin: '1' }, kind: 'late', value: 1, event_time: '2026-03-01T11:00:00+00:00' },
    })
  })

  it('performance reads well: numbers with intervals, reasons where there is none', async () => {
    const found = await connect({ url, token }).api.performance({ name: 'late' })
    const text = renderPerformance(found)
    expect(text).toContain('Nine in ten labels are known after 1 h (5 labels); 80 % of the decisions')
    expect(text).toMatch(/release 2 +champion +all +10 +8 +100 % +0\.75 \(0\.6 … 0\.9\) +no-positives/)
    expect(text).toContain('origin=ORD')
    expect(text).toContain('do not have the column: carrier')
    expect(text).toContain('api and demo: κ too-few-rows on 3 decisions')
    expect(text).toContain('Demo votes, which are no labels: 1 of 2 right')
  })
})
