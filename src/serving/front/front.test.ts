import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDecisionReader } from '../decisions/reader.ts'
import { poison, scoreOf } from '../testing/fake-platform.ts'
import { deploy, releaseFolder, writeRelease } from '../testing/release-fixture.ts'
import { row, startTestFront, type TestFront, until, vectorOf, weights } from '../testing/test-front.ts'
import { appendKill } from './kills.ts'

let front: TestFront
const post: TestFront['post'] = (...request) => front.post(...request)
beforeAll(async () => {
  front = await startTestFront()
})
afterAll(() => front.close())

describe('predict', () => {
  it('looks up, scores, decides, and the record is in the log when the reply is', async () => {
    await front.admin('/admin/clock', { now: '2001-05-17T10:58:00Z' })
    const reply = await post('/predict/late', row)
    const expected = scoreOf(vectorOf('SEA', 500), weights)
    const [prediction] = reply.body.predictions
    expect(reply.status).toBe(200)
    expect(prediction).toEqual({
      prediction_id: `${reply.headers.get('fettle-prediction-base')}-0`,
      score: expected,
      action: 'warn',
      served_by: 'model',
    })
    expect(reply.headers.get('fettle-release')).toBe('1')
    expect(reply.headers.get('fettle-logged')).toBe('true')
    const record = await createDecisionReader(join(front.folder, 'log')).find(prediction?.prediction_id ?? '')
    expect(record).toMatchObject({
      predictionId: prediction?.prediction_id ?? '',
      entity: row,
      score: expected,
      action: 'warn',
      states: ['request', 'fresh', 'fresh'],
      asOf: 990097080000000n,
      servedBy: 'model',
    })
    expect([...(record?.vector ?? [])]).toEqual(vectorOf('SEA', 500))
    expect(record?.release).toMatchObject({
      deployment: 'late',
      release: 1,
      digest: front.release.digest,
      scorer: { kind: 'linear', build: 'fake-1' },
    })
  })

  it('many rows keep their order; an unknown entity has missing features; stale counts as missing', async () => {
    const rows = [
      { origin: 'OSLO', distance: 1 },
      { origin: 'ZZZ', distance: 2 },
      { origin: 'OLD', distance: null },
    ]
    const reply = await post('/predict/late', { rows, id: 'my id ü' })
    expect(reply.body.id).toBe('my id ü')
    expect(reply.body.predictions.map(each => each.score)).toEqual(
      [vectorOf('OSLO', 1), [2, NaN, NaN], [NaN, NaN, NaN]].map(vector => scoreOf(vector, weights)),
    )
    const { items } = await createDecisionReader(join(front.folder, 'log')).latest('late', { limit: 3 })
    expect(items.map(each => [each.row, each.entity['origin'], each.states[1]])).toEqual([
      [2, 'OLD', 'stale'],
      [1, 'ZZZ', 'missing'],
      [0, 'OSLO', 'fresh'],
    ])
    expect(items[0]?.requestId).toBe('my id ü')
  })

  it('no rows: 200, empty, no record', async () => {
    const before = (await createDecisionReader(join(front.folder, 'log')).traffic('late', 0n)).requests
    expect((await post('/predict/late', { rows: [] })).body.predictions).toEqual([])
    expect((await createDecisionReader(join(front.folder, 'log')).traffic('late', 0n)).requests).toBe(before)
  })

  it('a store that is down: missing features, marked degraded', async () => {
    const reply = await post('/predict/late', { origin: 'DOWN', distance: 3 })
    expect(reply.body.predictions[0]).toMatchObject({
      served_by: 'model',
      score: scoreOf([3, NaN, NaN], weights),
      degraded_reason: ['feature-timeout'],
    })
  })

  it('requests at once share batches and get their own scores', async () => {
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, i) => post('/predict/late', { origin: 'SEA', distance: i })),
    )
    replies.forEach((reply, i) => {
      expect(reply.body.predictions[0]?.score).toBe(scoreOf(vectorOf('SEA', i), weights))
    })
    expect(new Set(replies.map(reply => reply.body.predictions[0]?.prediction_id)).size).toBe(200)
  })
})

describe('features', () => {
  it('reads the features of a deployment as columns', async () => {
    const reply = await post('/features/read', {
      deployment: 'late',
      entities: { origin: ['SEA', 'ZZZ'], distance: [1, 2] },
    })
    expect(reply.body.columns).toEqual([
      { name: 'origin__busy', type: 'float64', values: [3, null], status: 'PF' },
      { name: 'origin__late_share', type: 'float64', values: [2 / 3, null], status: 'PF' },
    ])
    expect((await post('/features/read', { features: ['nope:x'], entities: {} })).status).toBe(404)
    expect(
      (await post('/features/read', { deployment: 'late', entities: { origin: ['SEA'], distance: [] } })).body
        .error.code,
    ).toBe('RAGGED_DATA')
  })
})

describe('scorer faults', () => {
  it('a row that kills the scorer is answered by the fallback, the others by the model', async () => {
    const replies = await Promise.all([
      post('/predict/late', { origin: 'SEA', distance: poison.exits }),
      ...Array.from({ length: 20 }, (_, i) => post('/predict/late', { origin: 'SEA', distance: i })),
    ])
    expect(replies[0]?.body.predictions[0]).toMatchObject({
      score: 0.25,
      served_by: 'fallback',
      degraded_reason: ['row-crashes-scorer'],
    })
    expect(replies.every(reply => reply.status === 200)).toBe(true)
    await until(async () => (await post('/predict/late', row)).body.predictions[0]?.served_by === 'model')
  })

  it('a row on which the model fails is answered by the fallback', async () => {
    const reply = await post('/predict/late', { origin: 'SEA', distance: poison.throws })
    expect(reply.body.predictions[0]).toMatchObject({
      score: 0.25,
      served_by: 'fallback',
      degraded_reason: ['scorer-failed'],
    })
  })
})

describe('releases', () => {
  const release = async () => (await post('/predict/late', row)).headers.get('fettle-release')

  it('swaps while requests run: none fails, each has one release', async () => {
    let stop = false
    const statuses = new Map<string, number>()
    // Two at once: more would be refused as OVERLOADED, rightly, where the machine is busy with something else.
    const load = Array.from({ length: 2 }, async () => {
      while (!stop) {
        const reply = await post('/predict/late', row)
        const [prediction] = reply.body.predictions ?? []
        const by = prediction?.served_by ?? reply.body.error.code
        const key = `${reply.status} ${reply.headers.get('fettle-release')} ${by}`
        statuses.set(key, (statuses.get(key) ?? 0) + 1)
      }
    })
    for (const number of [2, 3]) {
      const next = writeRelease(front.folder, { number, weights: [0.002, 0.1, number] })
      deploy(front.folder, { name: 'late', digest: next.digest })
      await until(async () => (await release()) === String(number))
    }
    stop = true
    await Promise.all(load)
    expect([...statuses.keys()].sort()).toEqual(['200 1 model', '200 2 model', '200 3 model'])
  })

  const broken: [string, (folder: string) => string][] = [
    [
      'a changed file',
      to => {
        const bad = writeRelease(to, { number: 4, weights: [1, 1, 1] })
        writeFileSync(join(releaseFolder(to, bad.digest), 'weights.json'), '{"weights":[9,9,9]}')
        return bad.digest
      },
    ],
    [
      'a changed release',
      to => {
        const bad = writeRelease(to, { number: 5 })
        writeFileSync(
          join(releaseFolder(to, bad.digest), 'release.json'),
          JSON.stringify({ ...bad, tolerance: 5 }),
        )
        return bad.digest
      },
    ],
    ['a wrong self-test', to => writeRelease(to, { number: 6, wrongSelfTest: true }).digest],
    ['a model that does not load', to => writeRelease(to, { number: 7, refuses: true }).digest],
    ['no files at all', () => `sha256:${'0'.repeat(64)}`],
  ]
  for (const [name, prepare] of broken) {
    it(`${name}: refused, the old one stays`, async () => {
      deploy(front.folder, { name: 'late', digest: prepare(front.folder) })
      await until(
        async () => JSON.parse((await front.admin('/admin/status')).text).deployments[0].refusal !== null,
      )
      expect(await release()).toBe('3')
    })
  }

  it('kill and lift, by admin and by file', async () => {
    await front.admin('/admin/kill', { deployment: 'late', on: true })
    const killed = await post('/predict/late', row)
    expect([killed.status, killed.body.error.code, killed.headers.get('retry-after')]).toEqual([
      503,
      'KILLED',
      '1',
    ])
    await front.admin('/admin/kill', { deployment: 'late', on: false })
    expect((await post('/predict/late', row)).status).toBe(200)
    expect((await front.admin('/admin/kill', { deployment: 'nope', on: true })).status).toBe(404)
    await front.admin('/admin/kill', { deployment: 'late', level: 'model' })
    const off = (await post('/predict/late', row)).body.predictions[0]
    expect(off).toMatchObject({ served_by: 'fallback', degraded_reason: ['killed'] })
    const servedBy = async () => (await post('/predict/late', row)).body.predictions[0]?.served_by
    await appendKill(front.folder, { at: '', deployment: 'late', level: 'lift', by: 'ana' })
    await until(async () => (await servedBy()) === 'model')
  })

  it('status and metrics', async () => {
    const status = JSON.parse((await front.admin('/admin/status')).text)
    expect(status.deployments[0]).toMatchObject({ name: 'late', release: 3, ready: true, killed: null })
    expect(status.deployments[0].p50Ms).toBeGreaterThan(0)
    const text = (await front.admin('/metrics')).text
    expect(text).toMatch(/fettle_requests_total\{deployment="late",code="OK"\} \d+/)
    expect(text).toContain('fettle_log_dropped_total 0')
  })
})
