import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FrontCounts } from '../../deployments/index.ts'
import { createDecisionReader } from '../decisions/reader.ts'
import type { DecisionRecord, RoutedShadow } from '../model.ts'
import { breakingDistance, scoreOf } from '../testing/fake-platform.ts'
import { deploy, type FixtureOptions, writeRelease } from '../testing/release-fixture.ts'
import { row, startTestFront, type TestFront, until, vectorOf, weights } from '../testing/test-front.ts'

let front: TestFront
beforeEach(async () => {
  front = await startTestFront()
})
afterEach(() => front.close())

const shadowWeights = [0.002, 0.1, 2]

async function shadow(release: FixtureOptions, terms: Partial<RoutedShadow> = {}): Promise<void> {
  const { digest } = writeRelease(front.folder, { number: 2, weights: shadowWeights, ...release })
  const whole = { kind: 'shadow', of: 'champion', share: 10_000, features: 'same', ...terms, digest } as const
  deploy(front.folder, {
    name: 'late',
    digest: front.release.digest,
    routing: {
      ...{ seq: 1, salt: 'late-1', unit: ['origin'], arms: [], pins: [], exclude: [], warm: [] },
      shadows: [whole],
    },
  })
  await until(async () => (await counts()).routers[0]?.seq === 1)
}

async function counts(): Promise<FrontCounts> {
  return JSON.parse((await front.admin('/admin/counts?deployment=late')).text) as FrontCounts
}

async function records(kinds: readonly DecisionRecord['kind'][]): Promise<readonly DecisionRecord[]> {
  const { items } = await createDecisionReader(join(front.folder, 'log')).latest('late', {
    limit: 500,
    kinds,
  })
  return items
}

async function predict(rows: readonly object[]) {
  const started = performance.now()
  const reply = await front.post('/predict/late', { rows })
  return { ...reply, millis: performance.now() - started }
}

describe('a shadow', () => {
  it('scores the vector that was answered, byte for byte, and is recorded beside the answer', async () => {
    await shadow({})
    const rows = [row, { origin: 'ZZZ', distance: 3 }, { origin: 'OSLO', distance: null }]
    const reply = await predict(rows)
    const base = reply.headers.get('fettle-prediction-base')
    await until(async () => (await counts()).shadow.scored === 3)
    const answered = (await records(['online'])).toSorted((a, b) => a.row - b.row)
    const shadows = (await records(['shadow'])).toSorted((a, b) => a.row - b.row)
    expect(shadows.map(each => [each.shadowOf, each.row, each.release.release, each.servedBy])).toEqual(
      rows.map((_, at) => [base, at, 2, 'model']),
    )
    shadows.forEach((each, at) => {
      const bytesOf = ({ vector }: DecisionRecord) => Buffer.from(Float64Array.from(vector).buffer)
      expect(bytesOf(each).equals(bytesOf(answered[at] as DecisionRecord))).toBe(true)
      expect(each.states).toEqual(answered[at]?.states)
      expect(each.score).toBe(scoreOf(each.vector, shadowWeights))
    })
    expect(new Set(shadows.map(each => each.base)).size).toBe(1)
    expect(shadows[0]?.base).not.toBe(base)
  })

  it('looks its own features up where the terms say so, and scores its share', async () => {
    await shadow({}, { features: 'own', share: 5000, kind: 'reverse-shadow' })
    for (let i = 0; i < 60; i++) await predict([{ origin: `A${i}`, distance: i }])
    await until(async () => (await counts()).shadow.scored > 10)
    const shadows = await records(['reverse-shadow'])
    expect(shadows.length).toBeLessThan(50)
    for (const each of shadows) expect(each.states).toEqual(['request', 'fresh', 'fresh'])
  })

  it('leaves demonstrations alone', async () => {
    await shadow({})
    await front.post('/predict/late', row, { 'fettle-purpose': 'demo' })
    await predict([row])
    await until(async () => (await counts()).shadow.scored === 1)
    expect((await records(['demo'])).length).toBe(1)
    expect((await counts()).arms.find(({ arm }) => arm === 'champion')?.requests).toBe(1)
  })

  const broken: [string, FixtureOptions, string][] = [
    ['hangs', { breaks: 'hangs', deadline: '300ms' }, 'timeout error'],
    ['crashes', { breaks: 'exits', deadline: '300ms' }, 'timeout error'],
    ['fails', { breaks: 'throws' }, 'error'],
    ['is slow', { slowMillis: 20, deadline: '300ms' }, 'timeout ring-full'],
  ]
  for (const [what, release, drops] of broken) {
    it(`that ${what} has no effect on replies, and its drops are counted`, async () => {
      await shadow(release)
      const expected = scoreOf(vectorOf('SEA', breakingDistance), weights)
      for (let i = 0; i < 40; i++) {
        const { status, body } = await predict([{ origin: 'SEA', distance: breakingDistance }])
        expect(status).toBe(200)
        expect(body.predictions[0]).toMatchObject({ score: expected, served_by: 'model' })
        expect(body.predictions[0]).not.toHaveProperty('degraded_reason')
      }
      await until(async () => {
        const { shadow: done } = await counts()
        const dropped = Object.values(done.drops).reduce((sum, rows) => sum + rows, 0)
        return done.scored + dropped === 40
      })
      const { shadow: done } = await counts()
      for (const reason of Object.keys(done.drops)) expect(drops).toContain(reason)
      if (what !== 'is slow') expect(done.scored).toBe(0)
      await Promise.all(
        Array.from({ length: 10 }, () => predict([{ origin: 'SEA', distance: breakingDistance }])),
      )
      const started = performance.now()
      await front.close()
      expect(performance.now() - started).toBeLessThan(5000)
    })
  }

  it('drops the newest of what does not fit', async () => {
    await shadow({ slowMillis: 20 })
    const rows = Array.from({ length: 3000 }, () => row)
    const reply = await predict(rows)
    expect(reply.status).toBe(200)
    await until(async () => (await counts()).shadow.scored === 2048)
    expect((await counts()).shadow.drops).toEqual({ 'ring-full': 952 })
    const { items } = await createDecisionReader(join(front.folder, 'log')).latest('late', {
      limit: 1,
      kinds: ['shadow'],
    })
    expect(items[0]?.row).toBe(2047)
  })
})
