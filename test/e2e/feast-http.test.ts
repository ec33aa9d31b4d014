import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FettleError } from '../../src/kernel/errors/index.ts'
import { parseTimestamp } from '../../src/kernel/time.ts'
import type { FeastMaterialization, MaterializeFeatures } from '../../src/serving/index.ts'
import { startFeastFront } from './feast-front.ts'

let folder: string
let front: Awaited<ReturnType<typeof startFeastFront>>
let run: MaterializeFeatures = async () => undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-feast-http-'))
  const now = parseTimestamp('2026-03-01T12:00:00Z') ?? 0n
  front = await startFeastFront(folder, {
    clock: { nowMicros: () => now },
    repository: folder,
    materialize: (request, now) => run(request, now),
  })
})

afterAll(async () => {
  await front.close()
  await rm(folder, { recursive: true, force: true })
})

async function post(path: string, body: unknown, base = `${front.dataUrl}/feast`) {
  const answer = await fetch(`${base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? '' : (JSON.parse(text) as unknown) }
}

const range = {
  start_ts: '2026-03-01 10:00:00',
  end_ts: '2026-03-01T11:00:00+00:00',
  feature_views: ['driver_plain'],
}

it('materializes what it is asked for', async () => {
  const asked: FeastMaterialization[] = []
  run = async request => void asked.push(request)
  expect(await post('/materialize', range)).toEqual({ status: 200, body: null })
  expect(await post('/materialize-incremental', { end_ts: '2026-03-01T11:00:00Z' })).toEqual({
    status: 200,
    body: null,
  })
  const end = parseTimestamp('2026-03-01T11:00:00Z')
  expect(asked).toEqual([
    { kind: 'range', views: ['driver_plain'], start: parseTimestamp('2026-03-01T10:00:00Z'), end },
    { kind: 'incremental', views: ['driver_stats', 'driver_plain'], start: null, end },
  ])
})

it('accepts a run at once when asked to, and refuses a second one meanwhile', async () => {
  let finish: () => void = () => undefined
  run = () =>
    new Promise(resolve => {
      finish = resolve
    })
  const views = ['driver_plain']
  expect(await post('/materialize?async=true', range)).toEqual({
    status: 202,
    body: { status: 'accepted', feature_views: views },
  })
  expect(await post('/materialize', range)).toMatchObject({ status: 409, body: { feature_views: views } })
  finish()
  run = async () => {
    throw new FettleError('ALREADY_RUNNING', 'another process is at it')
  }
  await expect
    .poll(async () => (await post('/materialize', { ...range, feature_views: ['driver_stats'] })).status)
    .toBe(409)
})

it('answers a fault of the store as one, never as 500', async () => {
  run = async () => {
    throw new FettleError('STORE_UNAVAILABLE', 'the store is gone')
  }
  expect((await post('/materialize', range)).status).toBe(503)
  run = async () => {
    throw new TypeError('a bug')
  }
  const { status, body } = await post('/materialize', range)
  expect(status).toBe(503)
  expect(JSON.stringify(body)).not.toContain('a bug')
})

it('answers on a port of its own, where paths begin as at a Feast server', async () => {
  const own = front.feastUrl ?? ''
  expect((await fetch(`${own}/health`)).status).toBe(200)
  const body = { features: ['driver_stats:trips'], entities: { driver_id: [7] } }
  expect((await post('/get-online-features', body, own)).status).toBe(200)
  expect((await post('/get-online-features', body, `${own}/feast-compat`)).status).toBe(200)
})

it('takes rows under the names that the remote store of the SDK has for times', async () => {
  const df = { driver_id: [8], event_timestamp: ['2026-03-01T11:00:00'], created: [null], conv_rate: [0.5] }
  const rest = {
    acc_rate: [1],
    trips: ['9007199254740993'],
    note: [null],
    seen_at: [1772323200],
    scores: [[0.5]],
  }
  const sent = { feature_view_name: 'driver_stats', df: { ...df, ...rest, unknown: [1] } }
  expect(await post('/write-to-online-store', sent)).toEqual({ status: 200, body: null })
  const read = {
    features: ['driver_stats:seen_at'],
    entities: { driver_id: [8] },
    include_feature_view_version_metadata: true,
  }
  expect((await post('/get-online-features', read)).body).toMatchObject({
    results: [{}, { values: [1772323200], event_timestamps: ['2026-03-01T11:00:00Z'] }],
    metadata: { feature_view_metadata: [{ name: 'driver_stats', version: 1 }] },
  })
})

it.each([
  ['GET', '/feast/push', 405],
  ['POST', '/feast/retrieve-online-documents', 404],
  ['POST', '/feast/health', 405],
] as const)('%s %s is %i in JSON', async (method, path, status) => {
  const answer = await fetch(`${front.dataUrl}${path}`, { method })
  expect(answer.status).toBe(status)
  expect(await answer.json()).toHaveProperty('detail')
})
