import { FettleError } from '../../kernel/errors/index.ts'
import type { StartScorer } from '../ports.ts'
import { createBreaker } from './breaker.ts'
import { type ScorerAnswer, type ScorerFacts, type ScorerLink, startScorerLink } from './scorer-link.ts'

export interface ScorerPoolOptions {
  readonly releaseFolder: string
  readonly startScorer: StartScorer
  /** Keep a second process warm, to take over at once. Default true. */
  readonly standby?: boolean
  /** Most rows of one batch. Default 512. */
  readonly maxBatchRows?: number
  /** Longest queue, in estimated milliseconds of work. Default 200. */
  readonly queueMillis?: number
  readonly startMillis?: number
}

export type Scored =
  | {
      readonly ok: true
      readonly scores: Float64Array
      readonly retries: number
      readonly queueMicros: number
      readonly scoreMicros: number
    }
  /** The model could not answer: the fallback does. */
  | { readonly ok: false; readonly reason: string; readonly retries: number }

export interface PoolState {
  readonly ready: boolean
  readonly standby: boolean
  readonly queuedRows: number
  readonly restarts: number
  readonly batches: number
  readonly microsPerRow: number
  readonly pids: readonly number[]
}

/**
 * The scorers of one release: work-conserving micro-batches on one active process, a warm standby, one retry after a
 * death. `score` rejects with OVERLOADED (would wait too long) or DEADLINE (waited too long).
 */
export interface ScorerPool {
  readonly facts: ScorerFacts
  score(vectors: Float64Array, rows: number, deadline: number): Promise<Scored>
  state(): PoolState
  /** Waits for what is queued, then ends the processes. */
  drain(): Promise<void>
}

const sweepMillis = 20

interface Job {
  readonly vectors: Float64Array
  readonly rows: number
  /** On the clock of performance.now(). */
  readonly deadline: number
  readonly enqueued: number
  retries: number
  resolve(scored: Scored): void
  reject(error: unknown): void
}

export async function startScorerPool(options: ScorerPoolOptions): Promise<ScorerPool> {
  const { maxBatchRows = 512, queueMillis = 200 } = options
  const breaker = createBreaker()
  const first = await startScorerLink(options)
  let active: ScorerLink | undefined
  let standby: ScorerLink | undefined
  let starting = false
  let closing = false
  let queue: Job[] = []
  let queuedRows = 0
  let flight:
    | { readonly jobs: readonly Job[]; readonly rows: number; readonly sent: number; excused: number }
    | undefined
  let drained: (() => void) | undefined
  let lastSweep = performance.now()
  const counters = { restarts: 0, batches: 0, microsPerRow: 50 }
  const sweeper = setInterval(sweep, sweepMillis)
  sweeper.unref()

  function adopt(link: ScorerLink): void {
    if (closing) {
      link.close()
      return
    }
    if (active) standby = link
    else active = link
    link.onDeath(() => onDeath(link))
    pump()
  }

  function onDeath(link: ScorerLink): void {
    if (closing) return
    counters.restarts += 1
    breaker.died()
    if (link === standby) standby = undefined
    if (link === active) {
      active = standby
      standby = undefined
      retryFlight()
    }
    pump()
    restart()
  }

  function retryFlight(): void {
    const jobs = flight?.jobs ?? []
    flight = undefined
    const again: Job[] = []
    for (const job of jobs) {
      if (job.retries > 0) job.resolve({ ok: false, reason: 'scorer-died', retries: job.retries })
      else {
        job.retries += 1
        again.push(job)
        queuedRows += job.rows
      }
    }
    queue = [...again, ...queue]
  }

  function restart(): void {
    if (starting || closing || (active && (standby || options.standby === false))) return
    starting = true
    const timer = setTimeout(async () => {
      try {
        adopt(await startScorerLink(options))
      } catch {
        breaker.died()
      }
      starting = false
      restart()
    }, breaker.delayMillis())
    timer.unref()
  }

  function pump(): void {
    if (flight || !active) return
    const now = performance.now()
    const jobs: Job[] = []
    let rows = 0
    while (queue.length > 0) {
      const job = queue[0] as Job
      if (rows > 0 && rows + job.rows > maxBatchRows) break
      queue.shift()
      queuedRows -= job.rows
      if (job.deadline <= now) {
        job.reject(expired())
        continue
      }
      jobs.push(job)
      rows += job.rows
    }
    if (jobs.length === 0) {
      if (closing) drained?.()
      return
    }
    flight = { jobs, rows, sent: now, excused: 0 }
    active.score(
      jobs.map(job => job.vectors),
      rows,
      answer => onAnswer(jobs, answer),
    )
  }

  function onAnswer(jobs: readonly Job[], answer: ScorerAnswer): void {
    const sent = flight?.sent ?? performance.now()
    const rows = flight?.rows ?? 1
    flight = undefined
    counters.batches += 1
    const micros = (performance.now() - sent) * 1000
    counters.microsPerRow += 0.1 * (micros / rows - counters.microsPerRow)
    if (answer.ok) {
      let at = 0
      for (const job of jobs) {
        const scores = answer.scores.subarray(at, at + job.rows)
        at += job.rows
        job.resolve({
          ok: true,
          scores,
          retries: job.retries,
          queueMicros: (sent - job.enqueued) * 1000,
          scoreMicros: micros,
        })
      }
    } else if (jobs.length === 1) {
      jobs[0]?.resolve({ ok: false, reason: 'scorer-failed', retries: jobs[0].retries })
    } else isolate(jobs)
    pump()
  }

  /** A bad row fails alone: the requests of a failed batch are scored one by one. */
  function isolate(jobs: readonly Job[]): void {
    const link = active
    const [job, ...rest] = jobs
    if (!link || !job) {
      for (const each of jobs) each.resolve({ ok: false, reason: 'scorer-failed', retries: each.retries })
      return
    }
    flight = { jobs, rows: job.rows, sent: performance.now(), excused: 0 }
    link.score([job.vectors], job.rows, answer => {
      const sent = flight?.sent ?? performance.now()
      flight = undefined
      if (answer.ok)
        job.resolve({
          ok: true,
          scores: answer.scores,
          retries: job.retries,
          queueMicros: (sent - job.enqueued) * 1000,
          scoreMicros: (performance.now() - sent) * 1000,
        })
      else job.resolve({ ok: false, reason: 'scorer-failed', retries: job.retries })
      if (rest.length > 0) isolate(rest)
      pump()
    })
  }

  function sweep(): void {
    const now = performance.now()
    const stalled = now - lastSweep - sweepMillis
    lastSweep = now
    // While this event loop stood still the answer may have arrived: that time is not the scorer's.
    if (flight && stalled > sweepMillis) flight.excused += stalled
    if (flight) killRunaway(flight, now)
    if (queue.length === 0) return
    const kept: Job[] = []
    for (const job of queue) {
      // With no scorer in sight the constant must still arrive within the deadline.
      const noScorer = !active && (breaker.open() || job.deadline - now < 50)
      if (noScorer) job.resolve({ ok: false, reason: 'scorer-down', retries: job.retries })
      else if (job.deadline <= now) job.reject(expired())
      else {
        kept.push(job)
        continue
      }
      queuedRows -= job.rows
    }
    if (kept.length < queue.length) queue = kept
  }

  function killRunaway(running: NonNullable<typeof flight>, now: number): void {
    const age = now - running.sent - running.excused
    const estimate = (running.rows * counters.microsPerRow) / 1000
    const late = running.jobs.every(job => job.deadline <= now)
    if ((age > 10 * estimate && age > 250) || (late && age > 50)) active?.kill()
  }

  adopt(first)
  restart()
  return {
    facts: first.facts,
    score(vectors, rows, deadline) {
      if (!active && breaker.open()) return Promise.resolve({ ok: false, reason: 'breaker-open', retries: 0 })
      const now = performance.now()
      const waitMillis = ((queuedRows + (flight?.rows ?? 0)) * counters.microsPerRow) / 1000
      if (waitMillis > queueMillis || now + waitMillis > deadline)
        return Promise.reject(overloaded(queuedRows))
      return new Promise((resolve, reject) => {
        queue.push({ vectors, rows, deadline, enqueued: now, retries: 0, resolve, reject })
        queuedRows += rows
        if (!flight) pump()
      })
    },
    state: () => ({
      ready: active !== undefined,
      standby: standby !== undefined,
      queuedRows,
      restarts: counters.restarts,
      batches: counters.batches,
      microsPerRow: Math.round(counters.microsPerRow),
      pids: [active?.pid, standby?.pid].filter(pid => pid !== undefined),
    }),
    async drain() {
      closing = true
      if ((flight || queue.length > 0) && active)
        await new Promise<void>(resolve => {
          drained = resolve
        })
      clearInterval(sweeper)
      for (const job of queue) job.resolve({ ok: false, reason: 'scorer-down', retries: job.retries })
      active?.close()
      standby?.close()
    },
  }
}

function expired(): FettleError {
  return new FettleError('DEADLINE', 'the deadline passed before the rows could be scored')
}

function overloaded(rows: number): FettleError {
  return new FettleError(
    'OVERLOADED',
    `${rows} rows are waiting for the model, which is more than it can score in time`,
  )
}
