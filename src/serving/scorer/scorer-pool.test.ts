import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleChild } from '../testing/bundle-child.ts'
import { poison, scoreOf } from '../testing/fake-platform.ts'
import { type FixtureOptions, releaseFolder, writeRelease } from '../testing/release-fixture.ts'
import { createBreaker } from './breaker.ts'
import { createFrameReader, decodeDoubles, encodeDoubles, type Frame, frameKinds } from './protocol.ts'
import { type ScorerPool, startScorerPool } from './scorer-pool.ts'
import { startProcess } from './start-process.ts'

let folder: string
let child: string
const pools: ScorerPool[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-pool-'))
  child = bundleChild()
})
afterAll(async () => {
  await Promise.all(pools.map(pool => pool.drain()))
  rmSync(folder, { recursive: true, force: true })
  rmSync(dirname(child), { recursive: true, force: true })
})

const weights = [0.001, 0.1, 2]
async function start(options: FixtureOptions, standby = false): Promise<ScorerPool> {
  const release = writeRelease(folder, { weights, ...options })
  const pool = await startScorerPool({
    releaseFolder: releaseFolder(folder, release.digest),
    startScorer: request => startProcess(process.execPath, [child, 'scorer', JSON.stringify(request)]),
    standby,
  })
  pools.push(pool)
  return pool
}
const soon = () => performance.now() + 5000

describe('frames of the scorer socket', () => {
  it('survive any cutting of the stream', () => {
    const doubles = Float64Array.of(1.5, Number.NaN, -0)
    const stream = Buffer.concat([
      encodeDoubles(frameKinds.score, 7, 1, doubles),
      encodeDoubles(frameKinds.scores, 8, 1, Float64Array.of(0.25)),
    ])
    for (let cut = 0; cut <= stream.length; cut++) {
      const frames: (Omit<Frame, 'body'> & { values: Float64Array })[] = []
      const read = createFrameReader(({ body, ...rest }) =>
        frames.push({ ...rest, values: decodeDoubles(body) }),
      )
      read(stream.subarray(0, cut))
      read(stream.subarray(cut))
      expect(frames).toEqual([
        { kind: frameKinds.score, id: 7, rows: 1, values: doubles },
        { kind: frameKinds.scores, id: 8, rows: 1, values: Float64Array.of(0.25) },
      ])
    }
  })
})

describe('the scorers of a release', () => {
  it('what arrives while a batch runs goes together in the next', async () => {
    const pool = await start({ number: 10 })
    const before = pool.state().batches
    const scored = await Promise.all(
      Array.from({ length: 100 }, (_, i) => pool.score(Float64Array.of(i, 1, 1), 1, soon())),
    )
    scored.forEach((each, i) => {
      expect(each.ok && each.scores[0]).toBe(scoreOf([i, 1, 1], weights))
    })
    expect(pool.state().batches - before).toBe(2)
  })

  it('the active process dies twice under load: no row is lost, every score is the model’s or marked', async () => {
    const pool = await start({ number: 11 }, true)
    let fallbacks = 0
    let stop = false
    const loads = Array.from({ length: 4 }, async (_, worker) => {
      for (let i = 0; !stop; i++) {
        const scored = await pool.score(Float64Array.of(i % 500, worker, 0), 1, soon())
        if (scored.ok) expect(scored.scores[0]).toBe(scoreOf([i % 500, worker, 0], weights))
        else fallbacks += 1
        await new Promise(resolve => setTimeout(resolve, 1))
      }
    })
    for (let kill = 0; kill < 2; kill++) {
      const [active] = pool.state().pids
      if (active) process.kill(active, 'SIGKILL')
      const whole = () => pool.state().restarts > kill && pool.state().ready && pool.state().standby
      for (let i = 0; i < 400 && !whole(); i++) await new Promise(resolve => setTimeout(resolve, 20))
    }
    stop = true
    await Promise.all(loads)
    expect(pool.state()).toMatchObject({ ready: true, standby: true, restarts: 2 })
    expect(fallbacks).toBe(0)
  })

  it('a batch that hangs is killed, its rows answered by the fallback in time', async () => {
    const pool = await start({ number: 12 })
    const hung = pool.score(Float64Array.of(poison.hangs, 0, 0), 1, performance.now() + 400)
    expect(await hung).toMatchObject({ ok: false, retries: 1 })
    const after = await pool.score(Float64Array.of(1, 1, 1), 1, soon())
    expect(after.ok).toBe(true)
  })

  it('a row that fails does not fail the others of its batch', async () => {
    const pool = await start({ number: 13 })
    const scored = await Promise.all(
      [1, poison.throws, 2, poison.throws, 3].map(first =>
        pool.score(Float64Array.of(first, 0, 0), 1, soon()),
      ),
    )
    expect(scored.map(each => each.ok)).toEqual([true, false, true, false, true])
  })

  it('what would wait too long is refused at once', async () => {
    const pool = await start({ number: 14, slowMillis: 20 })
    for (let i = 0; i < 12; i++) await pool.score(Float64Array.of(1, 1, 1), 1, soon())
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => pool.score(Float64Array.of(1, 1, 1), 1, soon())),
    )
    const refused = outcomes.filter(each => each.status === 'rejected')
    expect(refused.length).toBeGreaterThan(10)
    expect(refused.every(each => (each as PromiseRejectedResult).reason.code === 'OVERLOADED')).toBe(true)
    expect(outcomes.some(each => each.status === 'fulfilled')).toBe(true)
  })

  it('a scorer that refuses, or fails its self-test, never becomes ready', async () => {
    await expect(start({ number: 15, refuses: true })).rejects.toMatchObject({ code: 'RELEASE_REFUSED' })
    await expect(start({ number: 16, wrongSelfTest: true })).rejects.toMatchObject({
      code: 'RELEASE_REFUSED',
      message: expect.stringContaining('self-test row 0'),
    })
  })
})

describe('the breaker', () => {
  it('opens at three deaths in a minute, waits 1, 2, 4 … seconds, closes when a minute has passed', () => {
    let now = 0
    const breaker = createBreaker(() => now)
    const delays: number[] = []
    for (let death = 0; death < 6; death++) {
      delays.push(breaker.delayMillis())
      breaker.died()
    }
    expect(delays).toEqual([0, 0, 0, 1000, 2000, 4000])
    expect(breaker.open()).toBe(true)
    now = 60_001
    expect([breaker.open(), breaker.delayMillis()]).toEqual([false, 0])
  })
})
