import type { Scored } from './scorer-pool.ts'

/** Rows of one caller that wait for a model, or are with one. */
export interface Job {
  readonly vectors: Float64Array
  readonly rows: number
  /** On the clock of performance.now(). */
  readonly deadline: number
  readonly enqueued: number
  /** Class: lower goes first. */
  readonly rank: number
  readonly gone: { readonly aborted: boolean } | undefined
  /** Deaths of a scorer that had rows of it. */
  retries: number
  /** Rows that have neither a score nor a failure. */
  left: number
  sentAt: number
  scores: Float64Array | undefined
  failed: Map<number, string> | undefined
  settled: boolean
  readonly resolve: (scored: Scored) => void
  readonly reject: (error: unknown) => void
}

/** Consecutive rows of a job. */
export interface Piece {
  readonly job: Job
  readonly from: number
  readonly rows: number
  /** Never in one batch with other rows: one of these is suspected of ending the scorer, or failed in a batch. */
  readonly alone: boolean
  /** Rows of it were with a scorer that ended, or may have been: being scored clears them. */
  readonly watched: boolean
}

export type NewJob = Pick<Job, 'vectors' | 'rows' | 'deadline' | 'rank' | 'gone' | 'resolve' | 'reject'>

export function createJob(asked: NewJob): Job {
  const { vectors, rows, deadline, rank, gone, resolve, reject } = asked
  return {
    vectors,
    rows,
    deadline,
    rank,
    gone,
    resolve,
    reject,
    enqueued: performance.now(),
    retries: 0,
    left: asked.rows,
    sentAt: 0,
    scores: undefined,
    failed: undefined,
    settled: false,
  }
}

export function vectorsOf({ job, from, rows }: Piece): Float64Array {
  const width = job.vectors.length / job.rows
  return rows === job.rows ? job.vectors : job.vectors.subarray(from * width, (from + rows) * width)
}

/** The rows of a piece have their scores, from place `at` of these on; the job is settled with its last one. */
export function scorePiece({ job, from, rows }: Piece, scores: Float64Array, at: number): void {
  if (job.settled) return
  // Small copies are cheaper than views.
  if (rows === job.rows) job.scores = scores.slice(at, at + rows)
  else {
    job.scores ??= new Float64Array(job.rows).fill(Number.NaN)
    job.scores.set(scores.subarray(at, at + rows), from)
  }
  job.left -= rows
  if (job.left === 0) finish(job)
}

/** The rows of a piece get no score from this model. */
export function failPiece({ job, from, rows }: Piece, reason: string): void {
  if (job.settled) return
  job.failed ??= new Map()
  for (let row = from; row < from + rows; row++) job.failed.set(row, reason)
  job.left -= rows
  if (job.left === 0) finish(job)
}

/** The whole job gets no score, whatever rows of it have one. */
export function failJob(job: Job, reason: string): void {
  if (job.settled) return
  job.settled = true
  job.resolve({ ok: false, reason, retries: job.retries })
}

export function rejectJob(job: Job, error: unknown): void {
  if (job.settled) return
  job.settled = true
  job.reject(error)
}

function finish(job: Job): void {
  const { failed, retries, scores, sentAt, enqueued } = job
  const [reason] = failed?.values() ?? []
  if (scores === undefined || failed?.size === job.rows) {
    failJob(job, reason ?? 'scorer-failed')
    return
  }
  if (failed) {
    // Scores that came as one buffer of the whole job cannot meet failed rows: those went in pieces.
    for (const row of failed.keys()) scores[row] = Number.NaN
  }
  job.settled = true
  job.resolve({
    ok: true,
    scores,
    retries,
    queueMicros: (sentAt - enqueued) * 1000,
    scoreMicros: (performance.now() - sentAt) * 1000,
    ...(failed ? { failed } : {}),
  })
}
