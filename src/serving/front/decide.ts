import type { Clock } from '../../kernel/clock.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { uuidv7 } from '../../kernel/ids.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/model.ts'
import type { LogWriter } from '../log/writer.ts'
import type { DecidedRequest, DecidedRow } from '../model.ts'
import type { FeatureRows } from '../ports.ts'
import type { LoadedRelease } from './load-release.ts'

/** Typed rows of a request; request columns are already in their place in `vectors` (row-major). */
export interface Batch {
  readonly rows: readonly Readonly<Record<string, Value>>[]
  readonly vectors: Float64Array
}

/** When a request came, how long it may take, and whether the model may be asked. */
export interface RequestTimes {
  /** performance.now() at receipt. */
  readonly started: number
  /** performance.now() by which the reply must be ready. */
  readonly deadline: number
  readonly receivedAt: Micros
  readonly asOf: Micros
  /** The kill switch is on `model`: the fallback answers. */
  readonly modelOff: boolean
}

export interface DecideOptions {
  readonly log: LogWriter
  readonly clock: Clock
}

/** What a dialect gets to answer with. */
export interface Decided extends DecidedRequest {
  readonly logged: boolean
}

const longestLookupMillis = 100
const switchedOff = { ok: false, reason: 'killed', retries: 0 } as const

/**
 * Lookup → vector → score → threshold → log. Resolves when the records are written as the release asks; until then
 * nothing may be answered. Rejects DEADLINE, OVERLOADED, LOG_UNWRITABLE, SCORER_FAILED, or what the lookup says of a key.
 */
export async function decide(
  loaded: LoadedRelease,
  batch: Batch,
  requestId: string | undefined,
  times: RequestTimes,
  options: DecideOptions,
): Promise<Decided> {
  const decodeMicros = (performance.now() - times.started) * 1000
  const { release, signature, thresholds } = loaded
  const count = batch.rows.length
  const base = uuidv7()
  const reasons: string[] = []
  const looked = performance.now()
  const features = await lookUp(loaded, batch, times, reasons)
  const states = new Uint8Array(count * signature.width)
  const rowVectors: Float64Array[] = []
  for (let row = 0; row < count; row++) {
    const from = row * signature.width
    const vector = batch.vectors.subarray(from, from + signature.width)
    const rowStates = states.subarray(from, from + signature.width)
    if (features) signature.fill(features, row, vector, rowStates)
    else signature.fillTimeout(vector, rowStates)
    rowVectors.push(vector)
  }
  const lookupMicros = (performance.now() - looked) * 1000
  const score = () => (times.modelOff ? switchedOff : loaded.pool.score(batch.vectors, count, times.deadline))
  const scored = count === 0 ? undefined : await score()
  if (scored && !scored.ok) reasons.push(scored.reason)
  const encoding = performance.now()
  const { fallback } = release
  const rows = batch.rows.map((entity, row): DecidedRow => {
    const score = scored?.ok ? (scored.scores[row] as number) : fallback.score
    const vector = rowVectors[row] as Float64Array
    const segmentAt = thresholds?.segmentAt(entity, vector) ?? -1
    return {
      entity,
      vector,
      states: states.subarray(row * signature.width, (row + 1) * signature.width),
      eventTimes: features ? signature.eventTimes(features, row) : release.features.lookups.map(() => null),
      score,
      segmentAt,
      acted: thresholds ? score > thresholds.thresholdAt(segmentAt) : null,
    }
  })
  const decided: Decided = {
    note: loaded.note,
    base,
    requestId: requestId ?? base,
    receivedAt: times.receivedAt,
    decidedAt: options.clock.nowMicros(),
    asOf: times.asOf,
    servedBy: scored && !scored.ok ? 'fallback' : 'model',
    degradedReasons: reasons,
    retries: scored?.retries ?? 0,
    latency: {
      decode: decodeMicros,
      lookup: lookupMicros,
      queue: scored?.ok ? scored.queueMicros : 0,
      score: scored?.ok ? scored.scoreMicros : 0,
      encode: (performance.now() - encoding) * 1000,
    },
    rows,
    logged: release.log !== 'none',
  }
  if (count > 0 && release.log !== 'none') await options.log.append(decided, release.log)
  return decided
}

/** Undefined when the store does not answer in time: every looked-up feature then has state `timeout`. */
async function lookUp(
  loaded: LoadedRelease,
  batch: Batch,
  times: RequestTimes,
  reasons: string[],
): Promise<FeatureRows | undefined> {
  if (times.deadline <= performance.now())
    throw new FettleError('DEADLINE', 'the deadline passed before anything was done')
  if (batch.rows.length === 0 || loaded.features.names.length === 0) return noFeatures(batch.rows.length)
  try {
    const found = loaded.features.read(batch.rows, times.asOf)
    if (!(found instanceof Promise)) return marked(found, reasons)
    const inTime = await withinMillis(
      found,
      Math.min(longestLookupMillis, (times.deadline - performance.now()) / 2),
    )
    if (!inTime) reasons.push('feature-timeout')
    return inTime && marked(inTime, reasons)
  } catch (error) {
    // What is wrong with the request is the caller's to know; anything else must not stop the model from answering.
    if (isFettleError(error) && error.status < 500) throw error
    reasons.push('feature-timeout')
    return undefined
  }
}

/** A view that is not materialized or a function that threw leaves features without a value: not to be passed over. */
function marked(found: FeatureRows, reasons: string[]): FeatureRows {
  if (found.errors.length > 0) reasons.push('feature-error')
  return found
}

function noFeatures(rows: number): FeatureRows {
  const empty = Array.from({ length: rows }, () => [])
  return { values: empty, statuses: empty, eventTimes: empty, errors: [] }
}

function withinMillis<Result>(work: Promise<Result>, millis: number): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), millis)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
