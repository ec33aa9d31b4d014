import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { assignRow } from '../../../test/oracles/assign-row.ts'
import type { FrontCounts } from '../../deployments/index.ts'
import type { Release } from '../../registry/index.ts'
import { createDecisionReader } from '../decisions/reader.ts'
import type { DecisionRecord, Routing } from '../model.ts'
import { scoreOf } from '../testing/fake-platform.ts'
import { deploy, writeRelease } from '../testing/release-fixture.ts'
import { startTestFront, type TestFront, until, vectorOf, weights } from '../testing/test-front.ts'
import { appendKill, type KillRow } from './kills.ts'

let front: TestFront
let challenger: Release
let baseline: Release
const weightsOf: Record<number, readonly number[]> = { 1: weights, 2: [0.002, 0.1, 2], 3: [-0.001, 0.1, 1] }
beforeAll(async () => {
  front = await startTestFront()
  challenger = writeRelease(front.folder, { number: 2, weights: weightsOf[2] ?? [] })
  baseline = writeRelease(front.folder, { number: 3, weights: weightsOf[3] ?? [] })
})
afterAll(() => front.close())

let seq = 10
const nothing = { unit: ['origin'], arms: [], shadows: [], pins: [], exclude: [], warm: [] }

async function counts(): Promise<FrontCounts> {
  return JSON.parse((await front.admin('/admin/counts?deployment=late')).text) as FrontCounts
}

/** Writes the routing and waits until the front has acknowledged it. */
async function route(routing: Partial<Routing>, digest = front.release.digest): Promise<Routing> {
  const whole: Routing = { ...nothing, salt: 'late-1', ...routing, seq: ++seq }
  deploy(front.folder, { name: 'late', digest, routing: whole })
  await until(async () => (await counts()).routers[0]?.seq === whole.seq)
  return whole
}

const rowsOf = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ origin: `A${from + i}`, distance: i }))

async function recordsOf(base: string, count: number): Promise<readonly DecisionRecord[]> {
  const reader = createDecisionReader(join(front.folder, 'log'))
  const { items } = await reader.latest('late', { limit: count })
  expect(items.map(record => record.base)).toEqual(items.map(() => base))
  return items.toSorted((a, b) => a.row - b.row)
}

async function predictRecords(rows: readonly object[]): Promise<readonly DecisionRecord[]> {
  const reply = await front.post('/predict/late', { rows })
  expect(reply.status).toBe(200)
  return recordsOf(reply.headers.get('fettle-prediction-base') ?? '', rows.length)
}

const challengerArm = (to: number) => ({
  arm: 'challenger' as const,
  digest: challenger.digest,
  ranges: [[0, to] as const],
})

describe('rows of one request', () => {
  it('go to champion, challenger, control and holdback, and come back in order', async () => {
    const routing = await route({
      arms: [challengerArm(3000), { arm: 'control', digest: front.release.digest, ranges: [[7000, 10_000]] }],
      holdback: { salt: 'holdback-late', width: 1500, digest: baseline.digest },
      pins: [{ unit: ['A3'], arm: 'challenger' }],
      exclude: [{ column: 'distance', op: 'eq', value: 7 }],
    })
    const rows = rowsOf(60)
    const reply = await front.post('/predict/late', { rows, id: 'r' })
    expect(reply.headers.get('fettle-release')).toBe('mixed')
    const records = await recordsOf(reply.headers.get('fettle-prediction-base') ?? '', rows.length)
    const loaded = new Set([challenger.digest, front.release.digest])
    const numbers = { [challenger.digest]: 2, [baseline.digest]: 3 }
    rows.forEach((row, at) => {
      const wanted = assignRow(routing, row, { requestId: 'r', loaded, armsOff: false })
      const number = numbers[wanted.digest] ?? 1
      expect(reply.body.predictions[at]?.score).toBe(
        scoreOf(vectorOf(row.origin, at), weightsOf[number] ?? []),
      )
      expect(records[at]).toMatchObject({
        arm: wanted.arm,
        armReason: wanted.reason,
        bucket: wanted.bucket,
        assignment: { salt: wanted.salt, sticky: true, seq: routing.seq },
        release: { release: number },
        entity: row,
        servedBy: 'model',
      })
    })
    expect(new Set(records.map(({ arm }) => arm))).toEqual(
      new Set(['champion', 'challenger', 'control', 'holdback']),
    )
    const { arms } = await counts()
    expect(arms.map(({ arm, release }) => `${arm} ${release}`).sort()).toEqual(
      ['challenger 2', 'champion 1', 'control 1', 'holdback 3'].sort(),
    )
  })

  it('held back without a release are answered by the chain, and not degraded', async () => {
    await route({ holdback: { salt: 'holdback-late', width: 10_000, digest: null } })
    const [record] = await predictRecords([{ origin: 'SEA', distance: 500 }])
    expect(record).toMatchObject({ arm: 'holdback', servedBy: 'fallback', score: 0.25, degradedReasons: [] })
  })

  it('are the request’s where no unit is named: nothing sticks', async () => {
    await route({ unit: [], arms: [challengerArm(5000)] })
    const records = await predictRecords(rowsOf(8))
    expect(new Set(records.map(({ arm }) => arm)).size).toBe(1)
    expect(records[0]?.assignment?.sticky).toBe(false)
  })

  it('never leave the challenger while it grows', async () => {
    let before: readonly string[] = []
    for (const percent of [1, 5, 25, 50]) {
      await route({ arms: [challengerArm(percent * 100)] })
      const records = await predictRecords(rowsOf(300))
      const now = records.flatMap(({ arm, entity }) =>
        arm === 'challenger' ? [String(entity['origin'])] : [],
      )
      expect(before.filter(unit => !now.includes(unit))).toEqual([])
      before = now
    }
    expect(before.length).toBeGreaterThan(100)
  })
})

describe('an explicit version', () => {
  it('is any release that is loaded; others are unknown', async () => {
    await route({ arms: [challengerArm(0)], warm: [baseline.digest] })
    const infer = (version: number) =>
      front.post(`/v2/models/late/versions/${version}/infer`, {
        inputs: [
          { name: 'origin', shape: [1], datatype: 'BYTES', data: ['SEA'] },
          { name: 'distance', shape: [1], datatype: 'FP64', data: [1] },
        ],
      })
    for (const number of [1, 2, 3]) {
      const reply = await infer(number)
      expect([reply.headers.get('fettle-release'), reply.headers.get('fettle-arm')]).toEqual([
        String(number),
        'pinned',
      ])
    }
    expect((await infer(9)).status).toBe(404)
  })
})

describe('a challenger that does not load', () => {
  it('changes nothing for the champion, is said once and left out', async () => {
    const broken = writeRelease(front.folder, { number: 8, refuses: true, weights: [1, 1, 1] })
    await route({ arms: [{ arm: 'challenger', digest: broken.digest, ranges: [[0, 10_000]] }] })
    expect((await counts()).routers[0]?.refused[broken.digest]).toContain('release 8')
    const records = await predictRecords(rowsOf(5))
    expect(records.map(({ arm }) => arm)).toEqual(Array(5).fill('champion'))
  })
})

describe('kill levels', () => {
  const turn = (row: Pick<KillRow, 'level'> & Partial<KillRow>) =>
    appendKill(front.folder, { at: '', deployment: 'late', by: 'ana', ...row })

  afterEach(() => turn({ level: 'lift' }))

  it('challengers: only the champion answers; lifted: as before', async () => {
    await route({ arms: [challengerArm(10_000)], shadows: [] })
    const arm = async () => (await predictRecords([{ origin: 'SEA', distance: 1 }]))[0]
    expect(await arm()).toMatchObject({ arm: 'challenger' })
    await turn({ level: 'challengers' })
    await until(async () => (await arm())?.arm === 'champion')
    expect(await arm()).toMatchObject({ armReason: 'killed', release: { release: 1 }, degradedReasons: [] })
    await turn({ level: 'lift' })
    await until(async () => (await arm())?.arm === 'challenger')
  })

  it('closed: nobody is answered', async () => {
    await turn({ level: 'closed' })
    await until(
      async () => (await front.post('/predict/late', { origin: 'SEA', distance: 1 })).status === 503,
    )
    await turn({ level: 'lift' })
    await until(
      async () => (await front.post('/predict/late', { origin: 'SEA', distance: 1 })).status === 200,
    )
  })
})

describe('a demo', () => {
  it('asks for a loaded release past the routing, and is logged as a demo', async () => {
    await route({ arms: [challengerArm(0)] })
    const rows = rowsOf(1, 70)
    const ask = (release: string) =>
      front.post('/predict/late', { rows }, { 'fettle-purpose': 'demo', 'fettle-release': release })
    const reply = await ask('2')
    expect(reply.body.predictions[0]?.score).toBe(scoreOf(vectorOf('A70', 0), weightsOf[2] ?? []))
    const [record] = await recordsOf(reply.headers.get('fettle-prediction-base') ?? '', 1)
    expect(record).toMatchObject({ kind: 'demo', armReason: 'version', release: { release: 2 } })
    expect((await ask('77')).status).toBe(404)
    expect((await ask('../x')).status).toBe(404)
  })
})

describe('changes under load', () => {
  it('100 swaps of warm champions and 20 changes of routing: no failure, no arm in two versions', async () => {
    await route({ warm: [challenger.digest] })
    let stop = false
    const failed: number[] = []
    const bases: string[] = []
    const load = Array.from({ length: 2 }, async () => {
      while (!stop) {
        const reply = await front.post('/predict/late', { rows: rowsOf(6) })
        if (reply.status !== 200) failed.push(reply.status)
        else bases.push(reply.headers.get('fettle-prediction-base') ?? '')
      }
    })
    const digests = [front.release.digest, challenger.digest]
    for (let swap = 0; swap < 100; swap++) {
      const arms =
        swap % 5 === 4
          ? [{ arm: 'challenger' as const, digest: baseline.digest, ranges: [[0, 100 * swap] as const] }]
          : []
      await route({ arms, warm: [...digests, baseline.digest] }, digests[swap % 2])
    }
    stop = true
    await Promise.all(load)
    expect(failed).toEqual([])
    const split = new Map<string, Set<number>>()
    const reader = createDecisionReader(join(front.folder, 'log'))
    for (let cursor: string | undefined, page = 0; page < 50; page++) {
      const { items, next } = await reader.latest('late', { limit: 500, ...(cursor ? { cursor } : {}) })
      for (const { base, arm, release } of items)
        if (bases.includes(base)) {
          const key = `${base} ${arm}`
          split.set(key, (split.get(key) ?? new Set()).add(release.release))
        }
      if (!next) break
      cursor = next
    }
    expect(split.size).toBeGreaterThan(100)
    expect([...split.values()].filter(versions => versions.size > 1)).toEqual([])
  })
})
