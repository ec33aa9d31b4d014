import { bucketCount, bucketOf } from '../../kernel/assignment.ts'
import type { Clock } from '../../kernel/clock.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import { uuidv7 } from '../../kernel/ids.ts'
import type { LogWriter } from '../log/writer.ts'
import type { DecidedRequest, DecidedRow, RoutedShadow } from '../model.ts'
import type { Scored } from '../scorer/scorer-pool.ts'
import type { Frame } from './decide.ts'
import type { LoadedRelease } from './load-release.ts'
import { placeRequest, type ResolvedRows, resolveFeatures } from './resolve-features.ts'

/** Why rows that were answered were not scored again. */
export type ShadowDrop = 'ring-full' | 'champion-queue' | 'timeout' | 'error' | 'log' | 'closed'

export interface ShadowCounts {
  /** Rows that were scored and recorded. */
  scored: number
  readonly drops: Map<ShadowDrop, number>
}

export interface ShadowOptions {
  readonly deployment: string
  readonly terms: RoutedShadow
  readonly loaded: LoadedRelease
  readonly counts: ShadowCounts
  /** Rows that may wait. Default 2 048. */
  readonly ringRows?: number
}

/** What a shadow may use of the front. */
export interface ShadowHost {
  readonly log: Pick<LogWriter, 'append'>
  readonly clock: Clock
  /** Rows that wait for a model whose answers somebody waits for: until there is none, shadows wait. */
  readonly answersWaiting: () => number
}

/**
 * Scores again what another release has answered. It answers nobody, and can neither delay nor fail a reply: rows wait in
 * a bounded ring that drops the newest, are scored by processes of its own, and what goes wrong is counted, not thrown.
 */
export interface Shadow {
  readonly terms: RoutedShadow
  readonly loaded: LoadedRelease
  /** Takes what was answered; to be called when the reply has been handed over. */
  offer(frames: readonly Frame[], host: ShadowHost): void
  /** What waits is dropped; what is being scored is not recorded any more. */
  close(): void
}

interface Task {
  readonly frame: Frame
  readonly rows: readonly DecidedRow[]
  readonly host: ShadowHost
  /** performance.now() after which it is not begun. */
  readonly until: number
}

const longestWaitMillis = 5000
const lookAgainMillis = 2
/** Scored at once: enough for a batch, too few to hold the event loop for long. */
const turnRows = 256
/** After everybody who waits for an answer. */
const lowestPriority = 9

export function createShadow(options: ShadowOptions): Shadow {
  const { terms, loaded, counts, ringRows = 2048 } = options
  const salt = `shadow-${options.deployment}`
  let ring: Task[] = []
  let held = 0
  let running = false
  let waits = false
  let closed = false

  function drop(rows: number, why: ShadowDrop): void {
    if (rows > 0) counts.drops.set(why, (counts.drops.get(why) ?? 0) + rows)
  }

  function take(frame: Frame, host: ShadowHost): void {
    const rows = frame.rows.slice(0, ringRows - held)
    drop(frame.rows.length - rows.length, waits ? 'champion-queue' : 'ring-full')
    if (rows.length === 0) return
    held += rows.length
    ring.push({ frame, rows, host, until: performance.now() + longestWaitMillis })
  }

  async function run(): Promise<void> {
    running = true
    while (ring.length > 0 && !closed) {
      expire()
      waits = (ring[0]?.host.answersWaiting() ?? 0) > 0
      if (waits) await sleep(lookAgainMillis)
      else {
        await Promise.all(nextTurn().map(scoreTask))
        await new Promise(resolve => setImmediate(resolve))
      }
    }
    running = false
  }

  function expire(): void {
    const now = performance.now()
    const inTime = ring.findIndex(({ until }) => until > now)
    for (const { rows } of ring.splice(0, inTime < 0 ? ring.length : inTime)) {
      held -= rows.length
      drop(rows.length, waits ? 'champion-queue' : 'timeout')
    }
  }

  function nextTurn(): readonly Task[] {
    let rows = 0
    let count = 0
    while (count < ring.length && (count === 0 || rows < turnRows)) rows += ring[count++]?.rows.length ?? 0
    const turn = ring.slice(0, count)
    ring = ring.slice(count)
    held -= rows
    return turn
  }

  async function scoreTask(task: Task): Promise<void> {
    const { rows, host } = task
    const started = performance.now()
    try {
      const deadline = started + loaded.deadlineMillis
      const resolved = await resolve(task, { loaded, features: terms.features, deadline })
      const scored = await loaded.pool.score(resolved.vectors, rows.length, deadline, {
        priority: lowestPriority,
      })
      if (closed) return drop(rows.length, 'closed')
      const decided = scored.ok ? decidedRows(task, { loaded, resolved, scored }) : []
      drop(rows.length - decided.length, 'error')
      if (decided.length === 0) return
      try {
        await host.log.append(recordOf(task, { terms, loaded, resolved, scored, rows: decided }), 'written')
        counts.scored += decided.length
      } catch {
        drop(decided.length, 'log')
      }
    } catch (error) {
      drop(
        rows.length,
        isFettleError(error, 'DEADLINE') || isFettleError(error, 'OVERLOADED') ? 'timeout' : 'error',
      )
    }
  }

  return {
    terms,
    loaded,
    offer(frames, host) {
      if (closed) return
      for (const frame of frames)
        if (
          frame.arm === terms.of &&
          frame.kind === 'online' &&
          (terms.share >= bucketCount || bucketOf(salt, frame.base) < terms.share)
        )
          take(frame, host)
      if (!running && ring.length > 0) void run()
    },
    close() {
      closed = true
      drop(held, 'closed')
      ring = []
      held = 0
    },
  }
}

/** The vector that was answered, byte for byte; its own where the terms say so, or where its columns are others. */
async function resolve(
  { frame, rows }: Task,
  {
    loaded,
    features,
    deadline,
  }: Pick<Shadow, 'loaded'> & Pick<RoutedShadow, 'features'> & { deadline: number },
): Promise<ResolvedRows> {
  const entities = rows.map(({ entity }) => entity)
  if (features === 'own' || loaded.layout !== frame.by.layout)
    return resolveFeatures(
      loaded,
      { rows: entities, vectors: placeRequest(loaded, entities) },
      { asOf: frame.asOf, deadline },
    )
  const { width } = loaded.signature
  const vectors = new Float64Array(rows.length * width)
  rows.forEach(({ vector }, at) => {
    vectors.set(vector, at * width)
  })
  const rowAt = (at: number) => rows[at] as DecidedRow
  return {
    rows: entities,
    vectors,
    vectorOf: at => vectors.subarray(at * width, (at + 1) * width),
    statesOf: at => rowAt(at).states,
    eventTimesOf: at => rowAt(at).eventTimes,
    reasons: frame.degradedReasons.filter(reason => reason.startsWith('feature-')),
  }
}

interface Answer {
  readonly loaded: LoadedRelease
  readonly resolved: ResolvedRows
  readonly scored: Scored
}

/** Rows that have a score. */
function decidedRows({ rows }: Task, { loaded, resolved, scored }: Answer): readonly DecidedRow[] {
  const { thresholds } = loaded
  return rows.flatMap((row, at) => {
    const score = scored.ok ? (scored.scores[at] ?? Number.NaN) : Number.NaN
    if (!Number.isFinite(score)) return []
    const vector = resolved.vectorOf(at)
    const segmentAt = thresholds?.segmentAt(row.entity, vector) ?? -1
    return [
      {
        ...row,
        vector,
        states: resolved.statesOf(at),
        eventTimes: resolved.eventTimesOf(at),
        score,
        segmentAt,
        acted: thresholds ? score > thresholds.thresholdAt(segmentAt) : null,
      },
    ]
  })
}

function recordOf(
  { frame, host }: Task,
  {
    terms,
    loaded,
    resolved,
    scored,
    rows,
  }: Answer & { readonly terms: RoutedShadow; readonly rows: readonly DecidedRow[] },
): DecidedRequest {
  const { by: _by, target: _target, ...answered } = frame
  return {
    ...answered,
    note: loaded.note,
    kind: terms.kind,
    shadowOf: frame.base,
    base: uuidv7(),
    decidedAt: host.clock.nowMicros(),
    servedBy: 'model',
    degradedReasons: resolved.reasons,
    retries: scored.retries,
    latency: {
      decode: 0,
      lookup: 0,
      queue: scored.ok ? scored.queueMicros : 0,
      score: scored.ok ? scored.scoreMicros : 0,
      encode: 0,
    },
    rows,
  }
}

function sleep(millis: number): Promise<void> {
  return new Promise(wake => setTimeout(wake, millis))
}
