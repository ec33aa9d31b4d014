import { afterEach, describe, expect, it } from 'vitest'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ServableRelease } from '../model.ts'
import { startRemotePool } from './remote-pool.ts'
import type { ScorerPool } from './scorer-pool.ts'

const release = {
  ...{ deployment: 'late', number: 1, digest: 'sha256:0', model: { format: 'oip' }, tolerance: 1e-9 },
  signature: { inputs: [{ name: 'a' }, { name: 'b' }] },
  selfTest: [{ vector: [1, 2], score: 3 }],
} as unknown as ServableRelease
const soon = () => performance.now() + 2000

interface Remote {
  /** What it adds to every sum: another model. */
  shift?: number
  status?: number
  hangs?: boolean
  calls: number[]
  timeouts: number[]
}

const pools: ScorerPool[] = []
afterEach(() => Promise.all(pools.splice(0).map(pool => pool.drain())))

/** Sums of two columns; a row that begins with −1 is refused with 400, and everything with it. */
async function start(remote: Remote, more: { maxBatchRows?: number; testMillis?: number } = {}) {
  const pool = await startRemotePool({
    ...{ release, releaseFolder: '/', testMillis: 10_000, ...more },
    scorers: {
      open: async () => ({
        ...{ kind: 'oip', build: 'server 1 late 1', close: async () => undefined },
        async score(vectors, rows, { timeoutMillis = 0 } = {}) {
          remote.calls.push(rows)
          remote.timeouts.push(timeoutMillis)
          if (remote.hangs) await new Promise(resolve => setTimeout(resolve, timeoutMillis))
          const bad = vectors.some((value, at) => at % 2 === 0 && value === -1)
          const status = bad ? 400 : remote.hangs ? Number.NaN : remote.status
          if (status !== undefined) throw new FettleError('SCORER_FAILED', 'no', { details: { status } })
          return Float64Array.from(
            { length: rows },
            (_, row) => (vectors[row * 2] as number) + (vectors[row * 2 + 1] as number) + (remote.shift ?? 0),
          )
        },
      }),
    },
  })
  pools.push(pool)
  remote.calls.length = 0
  return pool
}
const remoteOf = (more: Partial<Remote> = {}): Remote => ({ calls: [], timeouts: [], ...more })

describe('a pool that asks another server', () => {
  it('passes the deadline on, less what the fallback needs, and cuts large requests', async () => {
    const remote = remoteOf()
    const pool = await start(remote, { maxBatchRows: 2 })
    remote.timeouts.length = 0
    const scored = await pool.score(Float64Array.of(1, 2, 3, 4, 5, 6), 3, performance.now() + 200)
    expect(scored.ok && [...scored.scores]).toEqual([3, 7, 11])
    expect(remote.calls).toEqual([2, 1])
    expect(Math.max(...remote.timeouts)).toBeLessThanOrEqual(180)
    expect(Math.min(...remote.timeouts)).toBeGreaterThan(100)
    await expect(pool.score(Float64Array.of(1, 2), 1, performance.now() - 1)).rejects.toMatchObject({
      code: 'DEADLINE',
    })
  })

  it('a row it refuses fails alone; a server that fails is not asked row by row', async () => {
    const remote = remoteOf()
    const pool = await start(remote)
    const scored = await pool.score(Float64Array.of(1, 2, -1, 4, 5, 6), 3, soon())
    expect(scored.ok && [...(scored.failed ?? [])]).toEqual([[1, 'scorer-failed']])
    expect(scored.ok && [scored.scores[0], scored.scores[2]]).toEqual([3, 11])
    remote.status = 500
    remote.calls.length = 0
    expect(await pool.score(Float64Array.of(1, 2, 3, 4), 2, soon())).toMatchObject({
      reason: 'scorer-failed',
    })
    expect(remote.calls).toEqual([2])
  })

  it('a server that hangs leaves time for the fallback, and opens the breaker', async () => {
    const remote = remoteOf({ hangs: false })
    const pool = await start(remote)
    remote.hangs = true
    const deadline = performance.now() + 100
    expect(await pool.score(Float64Array.of(1, 2), 1, deadline)).toMatchObject({ reason: 'scorer-late' })
    expect(performance.now()).toBeLessThan(deadline)
    const twenty = new Float64Array(40)
    expect(await pool.score(twenty, 20, performance.now() + 20)).toMatchObject({ ok: false })
    expect(await pool.score(twenty, 20, soon())).toEqual({ ok: false, reason: 'breaker-open', retries: 0 })
    expect(pool.state()).toMatchObject({ ready: false, breaker: 'open' })
  })

  it('another model behind the name is noticed by the self-test, and so is its return', async () => {
    const remote = remoteOf()
    const pool = await start(remote, { testMillis: 5 })
    remote.shift = 0.5
    await until(() => pool.state().breaker === 'open')
    expect(await pool.score(Float64Array.of(1, 2), 1, soon())).toMatchObject({ reason: 'breaker-open' })
    remote.shift = 0
    await until(() => pool.state().ready)
    expect(await pool.score(Float64Array.of(1, 2), 1, soon())).toMatchObject({ ok: true })
  })

  it('has so many calls under way and no more', async () => {
    const remote = remoteOf()
    const pool = await start(remote)
    remote.hangs = true
    const until = performance.now() + 100
    const calls = Array.from({ length: 64 }, () => pool.score(Float64Array.of(1, 2), 1, until))
    await expect(pool.score(Float64Array.of(1, 2), 1, until)).rejects.toMatchObject({ code: 'OVERLOADED' })
    await Promise.all(calls)
    expect(pool.state().shed).toBe(1)
  })

  it('does not start where the self-test is off', async () => {
    await expect(start(remoteOf({ shift: 1 }))).rejects.toThrow('self-test row 0')
  })
})

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise(resolve => setTimeout(resolve, 10))
  expect(holds()).toBe(true)
}
