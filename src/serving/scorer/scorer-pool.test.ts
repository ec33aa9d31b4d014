import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleScorer } from '../testing/bundle.ts'
import { poison, scoreOf } from '../testing/fake-platform.ts'
import { type FixtureOptions, releaseFolder, writeRelease } from '../testing/release-fixture.ts'
import { createBatchCost } from './batch-cost.ts'
import { createBreaker } from './breaker.ts'
import { createFrameReader, decodeDoubles, encodeDoubles, type Frame, frameKinds } from './protocol.ts'
import { type ScorerPool, type ScorerPoolOptions, startScorerPool } from './scorer-pool.ts'
import { startProcess } from './start-process.ts'

let folder: string
let script: string
const pools: ScorerPool[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-pool-'))
  script = bundleScorer()
})
afterAll(async () => {
  await Promise.all(pools.map(pool => pool.drain()))
  rmSync(folder, { recursive: true, force: true })
})

const weights = [0.001, 0.1, 2]
async function start(
  options: FixtureOptions,
  standby = false,
  more: Partial<ScorerPoolOptions> = {},
): Promise<ScorerPool> {
  const release = writeRelease(folder, { weights, ...options })
  const pool = await startScorerPool({
    releaseFolder: releaseFolder(folder, release.digest),
    startScorer: request => startProcess(process.execPath, [script, JSON.stringify(request)]),
    standby,
    ...more,
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
  it('what arrives in one turn, or while a batch runs, goes together in the next', async () => {
    const pool = await start({ number: 10 })
    const before = pool.state().batches
    const first = pool.score(Float64Array.of(-1, 1, 1), 1, soon())
    await new Promise(resolve => setImmediate(resolve))
    const scored = await Promise.all(
      Array.from({ length: 20 }, (_, i) => pool.score(Float64Array.of(i, 1, 1), 1, soon())),
    )
    expect(await first).toMatchObject({ ok: true })
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
    const pool = await start({ number: 14, slowMillis: 20 }, false, { maxBatchRows: 1 })
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

describe('a row that ends scorers', () => {
  it('fails alone, is refused for a while, and the breaker stays closed', async () => {
    const pool = await start({ number: 20 }, true)
    const scored = await Promise.all([
      ...[1, 2, 3].map(first => pool.score(Float64Array.of(first, 0, 0), 1, soon())),
      pool.score(Float64Array.of(4, 0, 0, poison.exits, 0, 0, 5, 0, 0), 3, soon()),
      pool.score(Float64Array.of(poison.exits, 0, 0), 1, soon()),
    ])
    expect(scored.slice(0, 3).map(each => each.ok && each.scores[0])).toEqual(
      [1, 2, 3].map(first => scoreOf([first, 0, 0], weights)),
    )
    expect(scored[3]).toMatchObject({
      ok: true,
      scores: Float64Array.of(scoreOf([4, 0, 0], weights), Number.NaN, scoreOf([5, 0, 0], weights)),
      failed: new Map([[1, 'row-crashes-scorer']]),
    })
    expect(scored[4]).toMatchObject({ ok: false, reason: 'row-crashes-scorer' })
    const restarts = pool.state().restarts
    const again = await pool.score(Float64Array.of(poison.exits, 0, 0), 1, soon())
    expect(again).toMatchObject({ ok: false, reason: 'row-crashes-scorer', retries: 0 })
    expect(pool.state()).toMatchObject({ restarts, refusedRows: 1, breaker: 'closed' })
  })

  it('the same good row under many kills is never taken for one', async () => {
    const pool = await start({ number: 21, slowMillis: 5 }, true)
    for (let kill = 0; kill < 2; kill++) {
      for (let i = 0; i < 400 && !pool.state().standby; i++)
        await new Promise(resolve => setTimeout(resolve, 20))
      const scored = pool.score(Float64Array.of(1, 1, 1), 1, soon())
      const [active] = pool.state().pids
      if (active) process.kill(active, 'SIGKILL')
      expect(await scored).toMatchObject({ ok: true })
    }
    expect(pool.state()).toMatchObject({ refusedRows: 0, restarts: 2 })
  })
})

describe('large, urgent and abandoned requests', () => {
  it('a large request goes in batches over several processes and comes back in order', async () => {
    const pool = await start({ number: 22 }, false, { scorers: 2, maxBatchRows: 64 })
    for (let i = 0; i < 400 && pool.state().pids.length < 2; i++)
      await new Promise(resolve => setTimeout(resolve, 20))
    const before = pool.state().batches
    const rows = Array.from({ length: 1000 }, (_, i) => [i % 400, 1, i / 1000])
    const scored = await pool.score(Float64Array.from(rows.flat()), 1000, soon())
    expect(scored.ok && scored.scores).toEqual(Float64Array.from(rows, row => scoreOf(row, weights)))
    expect(pool.state().batches - before).toBe(16)
    expect(pool.state().pids).toHaveLength(2)
  })

  it('the lowest class is shed first, newest first; the higher one is admitted', async () => {
    const pool = await start({ number: 23, slowMillis: 20 }, false, { maxBatchRows: 1 })
    for (let i = 0; i < 30; i++) await pool.score(Float64Array.of(1, 1, 1), 1, soon())
    const outcome = (priority: number) =>
      pool.score(Float64Array.of(1, 1, 1), 1, soon(), { priority }).then(
        () => 'scored',
        error => String(error.code),
      )
    const low = Array.from({ length: 8 }, () => outcome(3))
    const high = Array.from({ length: 6 }, () => outcome(1))
    expect(new Set(await Promise.all(high))).toEqual(new Set(['scored']))
    const lows = await Promise.all(low)
    expect(lows.filter(each => each === 'OVERLOADED').length).toBeGreaterThanOrEqual(3)
    expect(lows.indexOf('OVERLOADED')).toBeGreaterThan(lows.lastIndexOf('scored'))
  })

  it('what a caller has left is not scored', async () => {
    const pool = await start({ number: 24, slowMillis: 5 })
    const gone = new AbortController()
    const first = pool.score(Float64Array.of(1, 1, 1), 1, soon())
    const batches = pool.state().batches
    const second = pool.score(Float64Array.of(2, 1, 1), 1, soon(), { gone: gone.signal })
    gone.abort()
    await expect(second).rejects.toMatchObject({ code: 'DEADLINE' })
    await first
    expect(pool.state().batches).toBe(batches + 1)
  })
})

describe('a process that is not well', () => {
  it('takes too much memory: another one takes its place, no row waits for a start', async () => {
    const pool = await start({ number: 25 }, true, { residentBytes: 250 * 2 ** 20 })
    for (let i = 0; i < 400 && !pool.state().standby; i++)
      await new Promise(resolve => setTimeout(resolve, 20))
    const [fat] = pool.state().pids
    await pool.score(Float64Array.of(poison.leaks, 0, 0), 1, soon())
    for (let i = 0; i < 400 && pool.state().replaced === 0; i++) {
      const scored = await pool.score(Float64Array.of(i, 1, 1), 1, soon())
      expect(scored).toMatchObject({ ok: true, retries: 0 })
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    expect(pool.state()).toMatchObject({ replaced: 1, restarts: 0, ready: true })
    expect(pool.state().pids).not.toContain(fat)
  })

  it('a stopped one shows within a second, and is replaced', async () => {
    const pool = await start({ number: 26 })
    const [pid] = pool.state().pids
    if (pid) process.kill(pid, 'SIGSTOP')
    await new Promise(resolve => setTimeout(resolve, 1100))
    expect(pool.state().ready).toBe(false)
    for (let i = 0; i < 400 && !pool.state().ready; i++) await new Promise(resolve => setTimeout(resolve, 20))
    expect(pool.state()).toMatchObject({ ready: true, restarts: 1 })
  })
})

describe('what batches cost', () => {
  it('is so much each and so much a row; one stall changes nothing', () => {
    const cost = createBatchCost(10)
    for (let i = 0; i < 9; i++) cost.observe(2, 520)
    cost.observe(2, 1_000_000)
    expect([cost.perBatch(), cost.perRow()]).toEqual([500, 10])
    for (let i = 0; i < 9; i++) cost.observe(100, 2500)
    expect(cost.perRow()).toBe(20)
    expect(cost.micros(300, 100)).toBe(3 * 500 + 300 * 20)
  })
})

describe('the breaker', () => {
  it('opens at three deaths in a minute for 1, 2, 4 … seconds; one good row closes it', () => {
    let now = 0
    const breaker = createBreaker(() => now)
    for (let death = 0; death < 2; death++) breaker.died()
    expect([breaker.state(), breaker.startDelayMillis()]).toEqual(['closed', 0])
    breaker.died()
    const delays: number[] = []
    for (let i = 0; i < 8; i++) {
      expect(breaker.state()).toBe('open')
      delays.push(breaker.startDelayMillis())
      now += breaker.startDelayMillis()
      expect(breaker.state()).toBe('half-open')
      breaker.tested(false)
    }
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    now += 60_000
    breaker.tested(true)
    expect(breaker.state()).toBe('closed')
    now += 60_000
    for (let death = 0; death < 3; death++) breaker.died()
    expect(breaker.startDelayMillis()).toBe(1000)
  })

  it('opens when more than half of at least twenty outcomes are failures', () => {
    const breaker = createBreaker(() => 0)
    breaker.answered(9, true)
    for (let i = 0; i < 10; i++) breaker.answered(1, false)
    expect(breaker.state()).toBe('closed')
    breaker.answered(1, false)
    expect(breaker.state()).toBe('open')
  })

  it('does not hold the deaths of one bad row against the model, those of many it does', () => {
    const breaker = createBreaker(() => 0)
    const bad = () => {
      for (let death = 0; death < 3; death++) breaker.died()
      breaker.blamed(3)
    }
    bad()
    bad()
    expect(breaker.state()).toBe('closed')
    bad()
    expect(breaker.state()).toBe('open')
  })
})
