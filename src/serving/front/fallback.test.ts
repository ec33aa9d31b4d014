import { afterEach, describe, expect, it } from 'vitest'
import type { FallbackData } from '../../definitions/index.ts'
import { breakingDistance, scoreOf } from '../testing/fake-platform.ts'
import { deploy, type FixtureOptions, writeRelease } from '../testing/release-fixture.ts'
import { startTestFront, type TestFront, until, vectorOf, weights } from '../testing/test-front.ts'
import { appendKill, type KillRow } from './kills.ts'

let front: TestFront
afterEach(() => front.close())

const rule = {
  kind: 'rule',
  name: 'far',
  cases: [{ where: [{ column: 'distance', op: 'gt', value: 100 }], score: 0.9 }],
  otherwise: 0.1,
} as const
const naive = { kind: 'value', column: 'origin__late_share', scale: 0.5 } as const
const chainOf = (...before: NonNullable<FallbackData['before']>): FallbackData => ({
  kind: 'constant',
  score: 0.25,
  before,
})

/** A front whose champion is release 2, which derives from release 1. */
async function champion(release: FixtureOptions): Promise<void> {
  front = await startTestFront()
  const { digest } = writeRelease(front.folder, { number: 2, parent: front.release.digest, ...release })
  deploy(front.folder, { name: 'late', digest })
  await until(async () => (await predict({ origin: 'SEA', distance: 1 })).release === '2')
}

async function predict(row: object) {
  const reply = await front.post('/predict/late', row)
  const [{ score, served_by, degraded_reason } = {}] = reply.body.predictions as readonly {
    score?: number
    served_by?: string
    degraded_reason?: readonly string[]
  }[]
  return { release: reply.headers.get('fettle-release'), score, by: served_by, why: degraded_reason }
}

const broken = { origin: 'SEA', distance: breakingDistance }

describe('when the model fails on a row', () => {
  it('the former champion answers, by its own model', async () => {
    await champion({ breaks: 'throws', weights: [0.003, 0, 0], fallback: chainOf({ kind: 'former' }, rule) })
    const former = scoreOf(vectorOf('SEA', breakingDistance), weights)
    // It is loaded when the champion is.
    await until(async () => (await predict(broken)).by === 'former')
    expect(await predict(broken)).toEqual({
      release: '1',
      score: former,
      by: 'former',
      why: ['scorer-failed'],
    })
  })

  it('the rule answers when there is no former champion, and only the rows that failed', async () => {
    await champion({
      breaks: 'throws',
      fallback: chainOf({ kind: 'former' }, rule),
      parent: `sha256:${'0'.repeat(64)}`,
    })
    const reply = await front.post('/predict/late', { rows: [{ origin: 'SEA', distance: 5 }, broken] })
    expect(reply.headers.get('fettle-served-by')).toBe('mixed')
    expect(reply.body.predictions).toMatchObject([
      { score: scoreOf(vectorOf('SEA', 5), weights), served_by: 'model' },
      { score: 0.9, served_by: 'rule', degraded_reason: ['scorer-failed'], action: 'warn' },
    ])
  })

  it('the naive value answers; without a value, the constant', async () => {
    await champion({ breaks: 'throws', fallback: chainOf(naive) })
    expect(await predict({ origin: 'OSLO', distance: breakingDistance })).toMatchObject({
      score: 0.25,
      by: 'value',
    })
    expect(await predict({ origin: 'ABBA', distance: breakingDistance })).toMatchObject({
      score: 0.25,
      by: 'value',
    })
    expect(await predict({ origin: 'AEI', distance: breakingDistance })).toMatchObject({
      score: 0.5,
      by: 'value',
    })
    expect(await predict({ origin: 'ZZZ', distance: breakingDistance })).toMatchObject({
      score: 0.25,
      by: 'fallback',
    })
  })

  it('a score that is not finite is a failure', async () => {
    // 1e10 · 1e300 − 3 · 1e308 is infinity minus infinity.
    await champion({ weights: [1e300, -1e308, 0], fallback: chainOf(rule) })
    expect(await predict({ origin: 'SEA', distance: 1e10 })).toMatchObject({
      score: 0.9,
      by: 'rule',
      why: ['scorer-failed'],
    })
  })

  it('a required feature that is missing, stale or not to be had is a failure, by name', async () => {
    await champion({ required: true, fallback: chainOf(rule) })
    const why = async (origin: string) => (await predict({ origin, distance: 1 })).why
    expect(await why('SEA')).toBeUndefined()
    expect(await why('ZZZ')).toEqual(['feature-missing'])
    expect(await why('OLD')).toEqual(['feature-stale'])
    expect(await why('DOWN')).toEqual(['feature-timeout', 'feature-timeout'])
    expect((await predict({ origin: 'SEA', distance: null })).by).toBe('model')
  })
})

describe('kill level model', () => {
  it('starts at the named link, or at the first', async () => {
    await champion({ fallback: chainOf(rule, naive) })
    const turn = (row: Partial<KillRow>) =>
      appendKill(front.folder, { at: '', deployment: 'late', level: 'model', by: 'ana', ...row })
    const by = async () => (await predict({ origin: 'SEA', distance: 1 })).by
    for (const [row, wanted] of [
      [{}, 'rule'],
      [{ from: 'value' }, 'value'],
      [{ from: 'constant' }, 'fallback'],
      [{ from: 'far' }, 'rule'],
      [{ level: 'lift' }, 'model'],
    ] as const) {
      await turn(row)
      await until(async () => (await by()) === wanted)
    }
  })
})

describe('no release that loads', () => {
  it('the chain of the one that should answers; a document that does not verify answers nobody', async () => {
    front = await startTestFront()
    const { digest } = writeRelease(front.folder, {
      deployment: 'next',
      refuses: true,
      fallback: chainOf(rule),
    })
    deploy(
      front.folder,
      { name: 'late', digest: front.release.digest },
      { name: 'next', digest },
      { name: 'lost', digest: `sha256:${'1'.repeat(64)}` },
    )
    const next = () => front.post('/predict/next', { origin: 'SEA', distance: 500 })
    await until(async () => (await next()).status === 200)
    expect((await next()).body.predictions[0]).toMatchObject({
      score: 0.9,
      served_by: 'rule',
      degraded_reason: ['not-loaded'],
    })
    expect((await front.post('/predict/lost', {})).body.error.code).toBe('NOT_READY')
    const good = writeRelease(front.folder, { deployment: 'next', number: 2 })
    deploy(
      front.folder,
      { name: 'late', digest: front.release.digest },
      { name: 'next', digest: good.digest },
    )
    await until(async () => (await next()).body.predictions[0]?.served_by === 'model')
  })

  it('a chain that reads a column nobody has is refused', async () => {
    await champion({})
    const bad = writeRelease(front.folder, {
      number: 3,
      fallback: chainOf({ kind: 'value', column: 'height' }),
    })
    deploy(front.folder, { name: 'late', digest: bad.digest })
    await until(async () => (await front.admin('/admin/status')).text.includes('height'))
    expect((await predict({ origin: 'SEA', distance: 1 })).release).toBe('2')
  })
})
