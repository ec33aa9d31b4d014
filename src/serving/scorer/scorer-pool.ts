import type { StartScorer } from '../ports.ts'
import { createBatchCost } from './batch-cost.ts'
import { type BreakerState, createBreaker } from './breaker.ts'
import {
  createJob,
  failJob,
  failPiece,
  type Job,
  type Piece,
  rejectJob,
  scorePiece,
  vectorsOf,
} from './job.ts'
import { type Processes, startProcesses, type Worker } from './processes.ts'
import { expired, left, overloaded } from './refusals.ts'
import type { ScorerAnswer, ScorerFacts } from './scorer-link.ts'
import { createSuspects } from './suspects.ts'
import { createWorkQueue } from './work-queue.ts'

export interface ScorerPoolOptions {
  readonly releaseFolder: string
  /** The scorer that is pinned for the release; default: by the format of its model. */
  readonly kind?: string
  readonly startScorer: StartScorer
  /** Keep one more process warm, to take over at once. Default true. */
  readonly standby?: boolean
  /** Processes that score at the same time. Default 1. */
  readonly scorers?: number
  /** Most rows of one batch. Default 512. */
  readonly maxBatchRows?: number
  /** Longest queue, in estimated milliseconds of work. Default 200. */
  readonly queueMillis?: number
  readonly startMillis?: number
  /** Aborted before the first process is ready: the pool is wanted no longer. */
  readonly signal?: AbortSignal
  /** Most resident memory of a scorer process. Default: 1.5 times that of a warm one, at least 128 MiB above it. */
  readonly residentBytes?: number
}

export interface ScoreOptions {
  /** 1 goes first; 0, the default, is the default class. */
  readonly priority?: number
  /** Aborted when the caller has gone: what is not scored yet is not scored. */
  readonly gone?: { readonly aborted: boolean }
}

export type Scored =
  | {
      readonly ok: true
      /** NaN where a row failed. */
      readonly scores: Float64Array
      /** Why single rows have no score: the fallback answers them. Absent: all have one. */
      readonly failed?: ReadonlyMap<number, string>
      readonly retries: number
      readonly queueMicros: number
      readonly scoreMicros: number
    }
  /** The model could not answer: the fallback does. */
  | { readonly ok: false; readonly reason: string; readonly retries: number }

export interface PoolState {
  /** A process answered within the last second, and the breaker lets requests through. */
  readonly ready: boolean
  readonly standby: boolean
  readonly breaker: BreakerState
  readonly queuedRows: number
  readonly restarts: number
  /** Processes that took too much memory and were replaced. */
  readonly replaced: number
  /** Requests refused because of what waited, or whose class was the lowest. */
  readonly shed: number
  /** Rows that are refused because they end scorers. */
  readonly refusedRows: number
  readonly batches: number
  readonly microsPerRow: number
  readonly microsPerBatch: number
  /** Of the largest process. */
  readonly residentBytes: number
  /** Active ones first. */
  readonly pids: readonly number[]
}

/**
 * The scorers of one release: work-conserving micro-batches on active processes, a warm standby, retries after a death.
 * Rows that cannot be scored fail alone. `score` rejects with OVERLOADED (would wait too long) or DEADLINE (waited too
 * long, or the caller has gone).
 */
export interface ScorerPool {
  readonly facts: ScorerFacts
  /** `deadline` is on the clock of performance.now(). */
  score(vectors: Float64Array, rows: number, deadline: number, options?: ScoreOptions): Promise<Scored>
  state(): PoolState
  /** Waits for what is queued, no longer than `millis` (default 20 s), and until the processes have ended. */
  drain(millis?: number): Promise<void>
}

interface Flight {
  readonly pieces: readonly Piece[]
  readonly rows: number
  readonly sent: number
  /** Milliseconds this event loop stood still meanwhile. */
  excused: number
  /** Killed because every caller’s deadline had passed: says nothing about the rows. */
  late: boolean
}

const sweepMillis = 20
/** A batch of more would keep the next one waiting, and outlive short deadlines. */
const longestBatchMicros = 100_000
const notHeardMillis = 1000
/** Class of callers who name none; what names 1 goes before it. */
const defaultRank = 2
const crashes = 'row-crashes-scorer'

export async function startScorerPool(options: ScorerPoolOptions): Promise<ScorerPool> {
  const { maxBatchRows = 512, queueMillis = 200 } = options
  const breaker = createBreaker()
  const suspects = createSuspects()
  const queue = createWorkQueue()
  const counters = { batches: 0, shed: 0 }
  const flights = new Set<Flight>()
  let processes: Processes<Flight> | undefined
  let closing = false
  let drained: (() => void) | undefined
  let pumping = false
  let lastSweep = performance.now()
  const started = await startProcesses<Flight>({
    ...options,
    breaker,
    actives: options.scorers ?? 1,
    standby: options.standby ?? true,
    onIdle: () => pump(),
    onDeath: worker => onDeath(worker as Worker<Flight>),
  })
  processes = started
  const cost = createBatchCost(started.first.facts.microsPerRow)
  const sweeper = setInterval(sweep, sweepMillis)
  sweeper.unref()

  function pump(): void {
    // While the first process starts nothing can wait yet.
    if (!processes) return
    const now = performance.now()
    const drop = (job: Job) => dropped(job, now)
    for (let worker = processes.idle(); worker; worker = processes.idle()) {
      const pieces = queue.take(batchRows(), drop)
      if (pieces.length === 0) break
      send(worker, pieces, now)
    }
    if (closing && flights.size === 0 && queue.rows() === 0) drained?.()
  }

  /** What comes in one turn of the event loop goes as one batch: a message costs the front more than a row. */
  function pumpSoon(): void {
    if (pumping) return
    pumping = true
    setImmediate(() => {
      pumping = false
      pump()
    })
  }

  function batchRows(): number {
    const rows = Math.floor((longestBatchMicros - cost.perBatch()) / cost.perRow())
    return Math.max(1, Math.min(maxBatchRows, rows))
  }

  function send(worker: Worker<Flight>, pieces: readonly Piece[], now: number): void {
    let rows = 0
    for (const piece of pieces) {
      rows += piece.rows
      if (piece.job.sentAt === 0) piece.job.sentAt = now
    }
    const flight: Flight = { pieces, rows, sent: now, excused: 0, late: false }
    worker.flight = flight
    flights.add(flight)
    worker.link.score(pieces.map(vectorsOf), rows, answer => {
      worker.flight = undefined
      flights.delete(flight)
      onAnswer(flight, answer)
      started.heard(worker)
      pumpSoon()
    })
  }

  function onAnswer({ pieces, rows, sent }: Flight, answer: ScorerAnswer): void {
    counters.batches += 1
    cost.observe(rows, (performance.now() - sent) * 1000)
    if (!answer.ok) {
      onFailure(pieces)
      return
    }
    breaker.answered(rows, true)
    let at = 0
    for (const piece of pieces) {
      scorePiece(piece, answer.scores, at)
      at += piece.rows
      if (piece.watched) for (const row of rowsOf(piece)) suspects.cleared(vectorsOf(row))
    }
  }

  /** A bad row fails alone: what failed together is asked in parts, until one row is left. */
  function onFailure(pieces: readonly Piece[]): void {
    const [only] = pieces
    if (only && pieces.length === 1 && only.rows === 1) {
      breaker.answered(1, false)
      failPiece(only, 'scorer-failed')
      return
    }
    queue.pushFirst(
      pieces.length > 1 ? pieces.map(piece => ({ ...piece, alone: true })) : pieces.flatMap(halves),
    )
  }

  /** Rows in flight go to the next process; those that have seen two deaths alone, and no more when it ends again. */
  function onDeath(worker: Worker<Flight>): void {
    const { flight } = worker
    worker.flight = undefined
    if (flight) {
      flights.delete(flight)
      queue.pushFirst(flight.pieces.flatMap(piece => again(piece, flight)))
    }
    pump()
  }

  function again(piece: Piece, flight: Flight): readonly Piece[] {
    const { job } = piece
    if (piece === flight.pieces.find(each => each.job === job)) job.retries += 1
    if (flight.late) return [piece]
    let suspected = false
    for (const row of rowsOf(piece)) {
      const vector = vectorsOf(row)
      if (!suspects.died(vector, flight.rows === 1)) suspected ||= suspects.verdictOf(vector) === 'alone'
      else {
        breaker.blamed(job.retries)
        failPiece(row, crashes)
        return []
      }
    }
    return suspected ? rowsOf(piece) : [{ ...piece, watched: true }]
  }

  /** The job needs no scorer any more: its callers have gone, or it is too late. */
  function dropped(job: Job, now: number): boolean {
    if (job.gone?.aborted) rejectJob(job, left())
    else if (job.deadline <= now) {
      // Whoever has seen a scorer die gets the fallback: that was not the load.
      if (job.retries > 0) failJob(job, 'scorer-died')
      else rejectJob(job, expired())
    } else return false
    return true
  }

  function sweep(): void {
    const now = performance.now()
    const late = now - lastSweep - sweepMillis
    const stalled = late > sweepMillis ? late : 0
    lastSweep = now
    for (const worker of started.actives())
      if (worker.flight) killRunaway(worker, worker.flight, now, stalled)
    started.look(now, stalled)
    if (queue.rows() === 0) return
    // With no scorer in sight the fallback must still arrive within the deadline.
    const none = started.actives().length === 0
    const open = breaker.state() !== 'closed'
    queue.sweep(job => {
      if (dropped(job, now)) return true
      if (!none || (!open && job.deadline - now >= 50)) return false
      failJob(job, 'scorer-down')
      return true
    })
    pump()
  }

  function killRunaway(worker: Worker<Flight>, flight: Flight, now: number, stalled: number): void {
    flight.excused += stalled
    const age = now - flight.sent - flight.excused
    const estimate = cost.micros(flight.rows, flight.rows) / 1000
    if (age > 10 * estimate && age > 250) {
      worker.link.kill()
      return
    }
    flight.late = age > Math.max(100, 5 * estimate) && flight.pieces.every(({ job }) => job.deadline <= now)
    if (flight.late) worker.link.kill()
  }

  /** Makes room among lower classes, newest first. Throws OVERLOADED when that is not enough. */
  function admit(rows: number, deadline: number, rank: number): void {
    let flying = 0
    for (const flight of flights) flying += flight.rows
    if (flying + queue.rows() === 0) return
    const millis = (waiting: number) =>
      cost.micros(waiting, batchRows()) / 1000 / Math.max(1, started.actives().length)
    const ahead = () => millis(flying + queue.rowsBefore(rank))
    if (ahead() > queueMillis || performance.now() + ahead() + millis(rows) > deadline) {
      counters.shed += 1
      throw overloaded(queue.rows())
    }
    while (millis(flying + queue.rows()) > queueMillis) {
      const victim = queue.shed(rank)
      if (!victim) break
      counters.shed += 1
      rejectJob(victim, overloaded(queue.rows()))
    }
  }

  /** Rows that end scorers are not asked again; suspected ones are asked alone. */
  function enqueue(job: Job): void {
    const whole: Piece = { job, from: 0, rows: job.rows, alone: false, watched: false }
    if (!suspects.any()) {
      queue.push(whole)
      return
    }
    const verdicts = rowsOf(whole).map(row => ({ row, verdict: suspects.verdictOf(vectorsOf(row)) }))
    if (verdicts.every(({ verdict }) => verdict === 'free')) {
      queue.push(whole)
      return
    }
    for (const { row, verdict } of verdicts) {
      if (verdict === 'refused') failPiece(row, crashes)
      else queue.push({ ...row, alone: verdict === 'alone', watched: verdict === 'alone' })
    }
  }

  return {
    facts: started.first.facts,
    score(vectors, rows, deadline, { priority = 0, gone } = {}) {
      if (breaker.state() !== 'closed')
        return Promise.resolve({ ok: false, reason: 'breaker-open', retries: 0 })
      const rank = priority === 0 ? defaultRank : priority
      return new Promise((resolve, reject) => {
        admit(rows, deadline, rank)
        enqueue(createJob({ vectors, rows, deadline, rank, gone, resolve, reject }))
        pumpSoon()
      })
    },
    state() {
      const now = performance.now()
      const actives = started.actives()
      const all = [...actives, ...[started.standby()].flatMap(worker => worker ?? [])]
      return {
        ready: breaker.state() === 'closed' && actives.some(({ heardAt }) => now - heardAt < notHeardMillis),
        standby: started.standby() !== undefined,
        breaker: breaker.state(),
        queuedRows: queue.rows(),
        restarts: started.restarts(),
        replaced: started.replaced(),
        shed: counters.shed,
        refusedRows: suspects.refused(),
        batches: counters.batches,
        microsPerRow: Math.round(cost.perRow()),
        microsPerBatch: Math.round(cost.perBatch()),
        residentBytes: Math.max(0, ...all.map(({ residentBytes }) => residentBytes)),
        pids: all.flatMap(({ link }) => link.pid ?? []),
      }
    },
    async drain(millis = 20_000) {
      closing = true
      if (started.actives().length > 0 && (flights.size > 0 || queue.rows() > 0))
        await new Promise<void>(resolve => {
          const enough = setTimeout(resolve, millis)
          drained = () => {
            clearTimeout(enough)
            resolve()
          }
        })
      clearInterval(sweeper)
      for (const { pieces } of flights) for (const { job } of pieces) failJob(job, 'scorer-down')
      queue.sweep(job => {
        failJob(job, 'scorer-down')
        return true
      })
      await started.close()
    },
  }
}

function rowsOf({ job, from, rows }: Piece): readonly Piece[] {
  return Array.from({ length: rows }, (_, i) => ({
    ...{ job, from: from + i, rows: 1 },
    alone: true,
    watched: true,
  }))
}

function halves(piece: Piece): readonly Piece[] {
  const rows = piece.rows >> 1
  if (rows === 0) return [piece]
  return [
    { ...piece, rows, alone: true },
    { ...piece, from: piece.from + rows, rows: piece.rows - rows, alone: true },
  ]
}
