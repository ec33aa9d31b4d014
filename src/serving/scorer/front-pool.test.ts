import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ServableRelease } from '../model.ts'
import type { Scorer } from '../ports.ts'
import { mostFrontRows, startFrontPool } from './front-pool.ts'
import type { ScorerPool } from './scorer-pool.ts'

afterEach(() => vi.useRealTimers())

const release = {
  deployment: 'late',
  number: 1,
  digest: 'sha256:0',
  model: { format: 'onnx' },
  signature: { inputs: [{ name: 'a' }, { name: 'b' }] },
  selfTest: [{ vector: [1, 2], score: 3 }],
  tolerance: 1e-9,
} as unknown as ServableRelease
const soon = () => performance.now() + 1000

/** Sums; a row that begins with −1 throws, one with −2 is no number; `slow` burns so many microseconds a row. */
function summing(state: { broken?: boolean; slow?: number } = {}): Scorer {
  return {
    kind: 'trees',
    build: 'test-1',
    score(vectors, rows) {
      const until = performance.now() + ((state.slow ?? 0) * rows) / 1000
      while (performance.now() < until);
      return Float64Array.from({ length: rows }, (_, row) => {
        const first = vectors[row * 2] as number
        if (state.broken || first === -1) throw new Error('no')
        return first === -2 ? Number.NaN : first + (vectors[row * 2 + 1] as number)
      })
    },
    close: async () => undefined,
  }
}

/** Answers 0 for every row, so that one sees who answered. */
function child(): ScorerPool & { drained: boolean } {
  return {
    drained: false,
    facts: { kind: 'trees', build: 'test-1', startMillis: 0, microsPerRow: 1, residentBytes: 1 },
    score: async (_, rows) => ({
      ...{ ok: true, scores: new Float64Array(rows), retries: 0, queueMicros: 0, scoreMicros: 0 },
    }),
    state: () => ({
      ...{ ready: true, standby: true, breaker: 'closed', queuedRows: 0, restarts: 0, replaced: 0, shed: 0 },
      ...{ refusedRows: 0, batches: 5, microsPerRow: 1, microsPerBatch: 1, residentBytes: 1, pids: [7] },
    }),
    async drain() {
      this.drained = true
    },
  }
}

const start = (scorer: Scorer, behind = child()) =>
  startFrontPool({ release, releaseFolder: '/', open: async () => scorer, child: behind })

describe('a pool in the front', () => {
  it('scores small calls at once and leaves large ones to the child', async () => {
    const pool = await start(summing())
    expect(await pool.score(Float64Array.of(1, 2, 3, 4), 2, soon())).toMatchObject({
      ok: true,
      scores: Float64Array.of(3, 7),
      queueMicros: 0,
    })
    const large = await pool.score(
      new Float64Array((mostFrontRows + 1) * 2).fill(1),
      mostFrontRows + 1,
      soon(),
    )
    expect(large.ok && large.scores.every(score => score === 0)).toBe(true)
    expect(pool.state()).toMatchObject({ ready: true, batches: 6, pids: [7] })
  })

  it('calls that would take more than a millisecond go to the child', async () => {
    const pool = await start(summing({ slow: 100 }))
    const few = await pool.score(Float64Array.of(1, 2), 1, soon())
    expect(few.ok && few.scores[0]).toBe(3)
    const many = await pool.score(new Float64Array(64).fill(1), 32, soon())
    expect(many.ok && many.scores[0]).toBe(0)
  })

  it('a bad row fails alone, and what is no number is no score', async () => {
    const pool = await start(summing())
    const scored = await pool.score(Float64Array.of(1, 2, -1, 0, -2, 0), 3, soon())
    expect(scored.ok && [...(scored.failed ?? [])]).toEqual([
      [1, 'scorer-failed'],
      [2, 'scorer-failed'],
    ])
    expect(scored.ok && scored.scores[0]).toBe(3)
    expect(await pool.score(Float64Array.of(-1, 0), 1, soon())).toMatchObject({ ok: false })
  })

  it('its breaker opens on failures, says so, and closes by a self-test row', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const state = { broken: false }
    const pool = await start(summing(state))
    state.broken = true
    for (let i = 0; i < 20; i++) await pool.score(Float64Array.of(1, 2), 1, soon())
    expect(await pool.score(Float64Array.of(1, 2), 1, soon())).toMatchObject({ reason: 'breaker-open' })
    expect(pool.state()).toMatchObject({ ready: false, breaker: 'open' })
    vi.advanceTimersByTime(1001)
    // Still broken: the self-test row opens it again, for longer.
    expect(await pool.score(Float64Array.of(1, 2), 1, soon())).toMatchObject({ reason: 'breaker-open' })
    state.broken = false
    vi.advanceTimersByTime(2001)
    expect(await pool.score(Float64Array.of(1, 2), 1, soon())).toMatchObject({ ok: true })
    expect(pool.state()).toMatchObject({ ready: true, breaker: 'closed' })
  })

  it('scores nothing for callers who have gone or whose deadline has passed, nor once drained', async () => {
    const behind = child()
    const pool = await start(summing(), behind)
    const vector = Float64Array.of(1, 2)
    await expect(pool.score(vector, 1, performance.now() - 1)).rejects.toMatchObject({ code: 'DEADLINE' })
    await expect(pool.score(vector, 1, soon(), { gone: { aborted: true } })).rejects.toMatchObject({
      code: 'DEADLINE',
    })
    await pool.drain()
    expect(behind.drained).toBe(true)
    expect(await pool.score(vector, 1, soon())).toEqual({ ok: false, reason: 'scorer-down', retries: 0 })
  })

  it('refuses a scorer that does not pass the self-test', async () => {
    const wrong = { ...summing(), score: async (_: Float64Array, rows: number) => new Float64Array(rows) }
    await expect(start(wrong)).rejects.toThrow('self-test row 0')
  })
})
