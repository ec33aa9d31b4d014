import { isFettleError } from '../../kernel/errors/index.ts'
import type { ServableRelease } from '../model.ts'
import type { Scorer, ScorerFactory } from '../ports.ts'
import { createBatchCost } from './batch-cost.ts'
import { createBreaker } from './breaker.ts'
import { expired, left, overloaded } from './refusals.ts'
import { openTestedScorer } from './run-scorer.ts'
import { scoreRows } from './score-rows.ts'
import type { ScorerFacts } from './scorer-link.ts'
import type { PoolState, Scored, ScorerPool } from './scorer-pool.ts'

export interface RemotePoolOptions {
  readonly release: ServableRelease
  readonly releaseFolder: string
  readonly scorers: ScorerFactory
  /** Most rows of one call. Default 512. */
  readonly maxBatchRows?: number
  /** How often a self-test row is asked; default 500 ms. */
  readonly testMillis?: number
}

/** Timers count whole milliseconds and may ring a little early. */
const timerSlackMillis = 3

/** Calls that are under way at a time; the other server queues and batches as it likes. */
const mostCalls = 64
/** What is kept of a deadline, for the fallback to answer in. */
const keptShare = 0.1
const mostKeptMillis = 50
const notHeardMillis = 1000

/**
 * A pool of no process: another server scores. Deadlines travel with the calls and end them while there is time for the
 * fallback; the breaker opens when the server fails, or gives other scores for self-test rows than when it was opened.
 */
export async function startRemotePool(options: RemotePoolOptions): Promise<ScorerPool> {
  const { release, releaseFolder, maxBatchRows = 512, testMillis = 500 } = options
  const started = performance.now()
  const { scorer, microsPerRow, test } = await openTestedScorer(release, releaseFolder, options.scorers)
  const facts: ScorerFacts = {
    ...{ kind: scorer.kind, build: scorer.build, microsPerRow, residentBytes: 0 },
    startMillis: Math.round(performance.now() - started),
  }
  const breaker = createBreaker()
  const cost = createBatchCost(microsPerRow)
  const counters = { batches: 0, shed: 0 }
  let heardAt = performance.now()
  let flying = 0
  let testing = false
  let closed = false
  const tester = setInterval(() => void probe(), testMillis)
  tester.unref()

  async function probe(): Promise<void> {
    if (testing || closed || breaker.state() === 'open') return
    testing = true
    const halfOpen = breaker.state() === 'half-open'
    const ok = await test().catch(() => false)
    testing = false
    if (ok) heardAt = performance.now()
    if (halfOpen) breaker.tested(ok)
    else if (!ok) breaker.died()
  }

  async function call(vectors: Float64Array, rows: number, until: number): Promise<Scored> {
    const sent = performance.now()
    const ask = (part: Float64Array, count: number) =>
      scorer.score(part, count, { timeoutMillis: Math.max(1, until - performance.now()) })
    try {
      const { scores, failed } = await attempt(ask, vectors, rows)
      const micros = (performance.now() - sent) * 1000
      heardAt = performance.now()
      counters.batches += 1
      cost.observe(rows, micros)
      breaker.answered(rows, true)
      if (failed?.size === rows) return { ok: false, reason: 'scorer-failed', retries: 0 }
      const scored = { ok: true, scores, retries: 0, queueMicros: 0, scoreMicros: micros } as const
      return failed ? { ...scored, failed } : scored
    } catch {
      breaker.answered(rows, false)
      return {
        ok: false,
        reason: performance.now() >= until - timerSlackMillis ? 'scorer-late' : 'scorer-failed',
        retries: 0,
      }
    }
  }

  /** Pieces of at most a batch, one after another. */
  async function callAll(vectors: Float64Array, rows: number, until: number): Promise<Scored> {
    if (rows <= maxBatchRows) return call(vectors, rows, until)
    const width = vectors.length / rows
    const scores = new Float64Array(rows)
    const failed = new Map<number, string>()
    let scoreMicros = 0
    for (let from = 0; from < rows; from += maxBatchRows) {
      const to = Math.min(rows, from + maxBatchRows)
      const piece = await call(vectors.subarray(from * width, to * width), to - from, until)
      if (!piece.ok) return piece
      scores.set(piece.scores, from)
      for (const [row, why] of piece.failed ?? []) failed.set(from + row, why)
      scoreMicros += piece.scoreMicros
    }
    return {
      ...{ ok: true, scores, retries: 0, queueMicros: 0, scoreMicros },
      ...(failed.size > 0 ? { failed } : {}),
    }
  }

  return {
    facts,
    async score(vectors, rows, deadline, { gone } = {}) {
      if (closed) return { ok: false, reason: 'scorer-down', retries: 0 }
      if (breaker.state() !== 'closed') return { ok: false, reason: 'breaker-open', retries: 0 }
      if (gone?.aborted) throw left()
      const remaining = deadline - performance.now()
      if (remaining <= 0) throw expired()
      if (flying >= mostCalls) {
        counters.shed += 1
        throw overloaded(rows)
      }
      flying += 1
      try {
        return await callAll(vectors, rows, deadline - Math.min(mostKeptMillis, remaining * keptShare))
      } finally {
        flying -= 1
      }
    },
    state(): PoolState {
      return {
        ready: breaker.state() === 'closed' && performance.now() - heardAt < notHeardMillis + testMillis,
        ...{ standby: false, queuedRows: 0, restarts: 0, replaced: 0, refusedRows: 0, residentBytes: 0 },
        breaker: breaker.state(),
        ...counters,
        microsPerRow: Math.round(cost.perRow()),
        microsPerBatch: Math.round(cost.perBatch()),
        pids: [],
      }
    },
    async drain() {
      clearInterval(tester)
      closed = true
      while (flying > 0) await new Promise(resolve => setTimeout(resolve, 5))
      await scorer.close()
    },
  }
}

/** A request the other server refuses may be so for one of its rows: then they are asked one by one. */
async function attempt(ask: Scorer['score'], vectors: Float64Array, rows: number) {
  try {
    const scores = await ask(vectors, rows)
    if (scores.every(Number.isFinite)) return { scores }
  } catch (error) {
    const status = isFettleError(error) ? Number(error.details['status']) : Number.NaN
    if (!(status >= 400 && status < 500)) throw error
  }
  return scoreRows(ask, vectors, rows)
}
