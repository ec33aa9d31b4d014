import type { ServableRelease } from '../model.ts'
import type { Scorer } from '../ports.ts'
import { createBatchCost } from './batch-cost.ts'
import { createBreaker } from './breaker.ts'
import { expired, left } from './refusals.ts'
import { openTestedScorer } from './run-scorer.ts'
import { scoreRows } from './score-rows.ts'
import type { ScorerFacts } from './scorer-link.ts'
import type { PoolState, Scored, ScorerPool } from './scorer-pool.ts'

/** What one call may keep the front from everything else. */
const callMicros = 1000
/** Rows of one call at most, however cheap they are. */
export const mostFrontRows = 64

export interface FrontPoolOptions {
  readonly release: ServableRelease
  readonly releaseFolder: string
  /** Opens a scorer without native code. */
  readonly open: (request: {
    readonly folder: string
    readonly format: ServableRelease['model']['format']
    readonly inputs: number
  }) => Promise<Scorer>
  /** Takes the calls that cost more than a millisecond. */
  readonly child: ScorerPool
}

/**
 * A pool whose small calls never leave this process: while rows × the cost that was measured is at most a millisecond they
 * are scored at once, in typed arrays; the others go to the child. A breaker of its own stands before either.
 */
export async function startFrontPool(options: FrontPoolOptions): Promise<ScorerPool> {
  const { release, releaseFolder, child } = options
  const started = performance.now()
  const before = process.memoryUsage.rss()
  const { scorer, microsPerRow, test } = await openTestedScorer(release, releaseFolder, {
    open: options.open,
  })
  const facts: ScorerFacts = {
    kind: scorer.kind,
    build: scorer.build,
    startMillis: Math.round(performance.now() - started),
    residentBytes: Math.max(0, process.memoryUsage.rss() - before),
    microsPerRow,
  }
  const breaker = createBreaker()
  const cost = createBatchCost(microsPerRow)
  let batches = 0
  let closed = false

  function isSmall(rows: number): boolean {
    return rows <= mostFrontRows && cost.micros(rows, rows) <= callMicros
  }

  /** A row that fails alone fails alone. */
  async function scoreHere(vectors: Float64Array, rows: number): Promise<Scored> {
    const sent = performance.now()
    const { scores, failed } = await scoreRows((part, count) => scorer.score(part, count), vectors, rows)
    const micros = (performance.now() - sent) * 1000
    batches += 1
    cost.observe(rows, micros)
    const lost = failed?.size ?? 0
    if (rows > lost) breaker.answered(rows - lost, true)
    if (lost > 0) breaker.answered(lost, false)
    if (rows > 0 && lost === rows) return { ok: false, reason: 'scorer-failed', retries: 0 }
    return {
      ...{ ok: true, scores, retries: 0, queueMicros: 0, scoreMicros: micros },
      ...(failed ? { failed } : {}),
    }
  }

  return {
    facts,
    async score(vectors, rows, deadline, asked = {}) {
      if (closed) return { ok: false, reason: 'scorer-down', retries: 0 }
      if (breaker.state() === 'half-open') breaker.tested(await test().catch(() => false))
      if (breaker.state() !== 'closed') return { ok: false, reason: 'breaker-open', retries: 0 }
      if (!isSmall(rows)) return child.score(vectors, rows, deadline, asked)
      if (asked.gone?.aborted) throw left()
      if (deadline <= performance.now()) throw expired()
      return scoreHere(vectors, rows)
    },
    state(): PoolState {
      const behind = child.state()
      const own = breaker.state()
      return {
        ...behind,
        ready: own === 'closed' && behind.ready,
        breaker: own === 'closed' ? behind.breaker : own,
        batches: batches + behind.batches,
        microsPerRow: Math.round(cost.perRow()),
        microsPerBatch: Math.round(cost.perBatch()),
      }
    },
    async drain(millis) {
      closed = true
      await child.drain(millis)
      await scorer.close()
    },
  }
}
