import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTrackingServer, type TrackingServer } from '../../../test/support/tracking-server.ts'

const id = () => randomBytes(16).toString('hex')
const begin = (run: string, more = {}) => ({
  ...{ op: 'run', run, experiment: 'late', name: 'r', user: 'mila', startedAt: 1_000_000, tags: {} },
  ...more,
})
const log = (run: string, step: number, more = {}) => ({
  ...{ op: 'log', run, metrics: [['loss', 1 / (step + 1), step, 1_000_000 + step]] },
  ...more,
})

let server: TrackingServer
let url: string
beforeAll(async () => {
  server = await startTrackingServer()
  url = `${server.url}/api/v1/sync`
})
afterAll(() => server.close())

async function send(
  client: string,
  body: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${url}/${client}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from: 1, after: '', last: 'x', sentAt: Date.now() * 1000, ...body }),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

const points = async (run: string) => (await server.tracking.runs.history({ run, key: 'loss' })).items

describe('sync', () => {
  it('does each operation once, whatever part of the spool is sent again', async () => {
    const [client, run] = [id(), id()]
    const operations = [begin(run), ...Array.from({ length: 30 }, (_, step) => log(run, step))]
    let mark = 0
    for (const [from, to] of [
      [1, 1],
      [1, 5],
      [3, 9],
      [10, 10],
      [2, 31],
      [1, 31],
    ] as const) {
      const last = `d${Math.max(to, mark)}`
      const after = from === 1 ? '' : `d${from - 1}`
      const { status, body } = await send(client, {
        ...{ from, after, last, operations: operations.slice(from - 1, to) },
      })
      mark = Math.max(mark, to)
      expect([status, body['acknowledged'], body['refused']]).toEqual([200, mark, []])
    }
    expect((await points(run)).map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, step) => step))
    expect(await server.tracking.runs.get(run)).toMatchObject({
      name: 'r',
      user: 'mila',
      startedAt: 1_000_000n,
    })
    const contact = await (await fetch(`${url}/${client}`)).json()
    expect(contact).toMatchObject({ acknowledged: 31, digest: 'd31' })
  })

  it('lists what it refuses, goes on behind it, and tells it again when asked again', async () => {
    const [client, run, gone] = [id(), id(), id()]
    const operations = [
      begin(run),
      log(run, 0, { params: { depth: '4' } }),
      log(run, 1, { params: { depth: '5' } }),
      { op: 'luck', run },
      log(gone, 0),
      log(run, 2, { metrics: [['loss', 'NaN', 2, 5]] }),
      { op: 'file', run, path: 'm.bin', hash: `sha256:${'0'.repeat(64)}` },
      { op: 'status', run, status: 'finished', at: 9_000_000 },
    ]
    const first = await send(client, { operations })
    expect(first.body).toMatchObject({ acknowledged: 8 })
    expect(
      (first.body['refused'] as { sequence: number; code: string }[]).map(({ sequence, code }) => [
        sequence,
        code,
      ]),
    ).toEqual([
      [3, 'PARAM_CHANGED'],
      [4, 'TRACKING_INVALID'],
      [5, 'EXPERIMENT_RUN_UNKNOWN'],
      [7, 'ARTIFACT_UNKNOWN'],
    ])
    expect((await send(client, { operations })).body['refused']).toEqual(first.body['refused'])
    expect((await points(run)).map(({ value }) => value)).toEqual([1, Number.NaN].reverse())
    expect(await server.tracking.runs.get(run)).toMatchObject({
      ...{ status: 'finished', endedAt: 9_000_000n, params: { depth: '4' } },
    })
    const refused = await (await fetch(`${url}/${client}/refusals`)).json()
    expect(refused).toEqual({ items: first.body['refused'] })
  })

  it('stops at a gap, at a copy that was written on, and at a spool of another server, writing nothing', async () => {
    const [client, run] = [id(), id()]
    await send(client, { operations: [begin(run)], last: 'one' })
    const gap = await send(client, { from: 3, after: 'two', operations: [log(run, 0)] })
    expect([gap.status, gap.body]).toMatchObject([
      409,
      { error: { code: 'SYNC_GAP', details: { expected: 2 } } },
    ])
    const copy = await send(client, { from: 2, after: 'another', operations: [log(run, 0)] })
    expect(copy.body).toMatchObject({ error: { code: 'SYNC_DIVERGED' } })
    const other = await send(client, {
      ...{ from: 2, after: 'one', operations: [log(run, 0)] },
      server: { id: 'f'.repeat(32), name: 'elsewhere' },
    })
    expect(other.body).toMatchObject({
      error: { code: 'SYNC_OTHER_SERVER', message: expect.stringMatching(/"elsewhere".*"fettle"/) },
    })
    expect(await points(run)).toEqual([])
  })

  it('keeps the times of a clock that is ten years off, and shows by how much', async () => {
    const [client, run] = [id(), id()]
    const tenYears = 3_650 * 86_400
    const { body } = await send(client, {
      sentAt: (Date.now() - tenYears * 1000) * 1000,
      operations: [begin(run), log(run, 0)],
    })
    expect(Math.round(Number(body['skewMs']) / 1000)).toBe(tenYears)
    expect((await server.tracking.runs.get(run)).tags['fettle.clock.skew']).toBe(`${tenYears} s`)
    expect((await points(run))[0]?.at).toBe(1_000_000n)
  })

  it('takes files before the operations that name them, checked by their hash', async () => {
    const [client, run] = [id(), id()]
    await send(client, { operations: [begin(run)], last: 'one' })
    const put = (hash: string) =>
      fetch(`${url}/runs/${run}/files?path=a/b.txt&hash=${hash}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/octet-stream' },
        body: 'hello',
      })
    const hash = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'
    expect((await put(`sha256:${'0'.repeat(64)}`)).status).toBe(400)
    expect((await put(hash)).status).toBe(200)
    expect((await put(hash)).status).toBe(200)
    const { body } = await send(client, {
      ...{ from: 2, after: 'one', last: 'two', operations: [{ op: 'file', run, path: 'a/b.txt', hash }] },
    })
    expect(body).toMatchObject({ acknowledged: 2, refused: [] })
    expect(await server.tracking.artifacts.all({ kind: 'run', id: run })).toHaveLength(1)
  })
})
