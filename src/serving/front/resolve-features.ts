import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/model.ts'
import { featureStates } from '../model.ts'
import type { FeatureRows } from '../ports.ts'
import type { LoadedRelease } from './load-release.ts'
import { toDouble } from './signature.ts'

type Rows = readonly Readonly<Record<string, Value>>[]

/** Rows with their vectors as one release wants them, each value with how it came about. */
export interface ResolvedRows {
  readonly rows: Rows
  /** Row-major. */
  readonly vectors: Float64Array
  readonly vectorOf: (row: number) => Float64Array
  readonly statesOf: (row: number) => Uint8Array
  readonly eventTimesOf: (row: number) => readonly (Micros | null)[]
  /** Why looked-up features are missing that should not be. */
  readonly reasons: readonly string[]
}

/** The instant features are read at, and performance.now() by which the reply must be ready. */
export interface LookupTimes {
  readonly asOf: Micros
  readonly deadline: number
}

const longestLookupMillis = 100

/** Request columns of rows in their places; the others wait for {@link resolveFeatures}. */
export function placeRequest({ signature }: LoadedRelease, rows: Rows): Float64Array {
  const { width, requestColumns } = signature
  const vectors = new Float64Array(rows.length * width)
  rows.forEach((row, at) => {
    for (const column of requestColumns) vectors[at * width + column.at] = toDouble(row[column.field] ?? null)
  })
  return vectors
}

/**
 * Looks features up and writes them into the vectors. A store that does not answer in time leaves them missing, with
 * state `timeout`. Rejects what the lookup says of a key.
 */
export function resolveFeatures(
  loaded: LoadedRelease,
  asked: Pick<ResolvedRows, 'rows' | 'vectors'>,
  times: LookupTimes,
): ResolvedRows | Promise<ResolvedRows> {
  const reasons: string[] = []
  const features = lookUp(loaded, asked.rows, times, reasons)
  return features instanceof Promise
    ? features.then(found => resolvedRows(loaded, asked, { features: found, reasons }))
    : resolvedRows(loaded, asked, { features, reasons })
}

function resolvedRows(
  { signature, release }: LoadedRelease,
  { rows, vectors }: Pick<ResolvedRows, 'rows' | 'vectors'>,
  { features, reasons }: Pick<ResolvedRows, 'reasons'> & { readonly features: FeatureRows | undefined },
): ResolvedRows {
  const { width } = signature
  const states = new Uint8Array(vectors.length)
  // A view of an array costs more than what is done with a row.
  const whole = rows.length === 1
  const vectorOf = (row: number) => (whole ? vectors : vectors.subarray(row * width, (row + 1) * width))
  const statesOf = (row: number) => (whole ? states : states.subarray(row * width, (row + 1) * width))
  for (let row = 0; row < rows.length; row++) {
    if (features) signature.fill(features, row, vectorOf(row), statesOf(row))
    else signature.fillTimeout(vectorOf(row), statesOf(row))
  }
  const eventTimesOf = (row: number) =>
    features ? signature.eventTimes(features, row) : release.features.lookups.map(() => null)
  return { rows, vectors, vectorOf, statesOf, eventTimesOf, reasons }
}

/** `feature-<state>` of the first required column that a row lacks. */
export function lackedFeature(
  { vectorOf, statesOf }: ResolvedRows,
  row: number,
  required: readonly number[],
): string | undefined {
  const vector = vectorOf(row)
  const at = required.find(column => Number.isNaN(vector[column]))
  return at === undefined ? undefined : `feature-${featureStates[statesOf(row)[at] ?? 0]}`
}

/** Undefined when the store does not answer in time: every looked-up feature then has state `timeout`. */
function lookUp(
  { features }: LoadedRelease,
  rows: Rows,
  times: LookupTimes,
  reasons: string[],
): FeatureRows | undefined | Promise<FeatureRows | undefined> {
  if (times.deadline <= performance.now())
    throw new FettleError('DEADLINE', 'the deadline passed before anything was done')
  if (features.names.length === 0 || rows.length === 0) return noFeatures(rows.length)
  try {
    const found = features.read(rows, times.asOf)
    if (!(found instanceof Promise)) return marked(found, reasons)
    const millis = Math.min(longestLookupMillis, (times.deadline - performance.now()) / 2)
    return withinMillis(found, millis).then(
      inTime => {
        if (!inTime) reasons.push('feature-timeout')
        return inTime && marked(inTime, reasons)
      },
      error => notFound(error, reasons),
    )
  } catch (error) {
    return notFound(error, reasons)
  }
}

/** What is wrong with the request is the caller's to know; anything else must not stop the model from answering. */
function notFound(error: unknown, reasons: string[]): undefined {
  if (isFettleError(error) && error.status < 500) throw error
  reasons.push('feature-timeout')
}

/** A view that is not materialized or a function that threw leaves features without a value: not to be passed over. */
function marked(found: FeatureRows, reasons: string[]): FeatureRows {
  if (found.errors.length > 0) reasons.push('feature-error')
  return found
}

const none: [] = []

function noFeatures(rows: number): FeatureRows {
  const empty = new Array<[]>(rows).fill(none)
  return { values: empty, statuses: empty, eventTimes: empty, errors: [] }
}

function withinMillis<Result>(work: Promise<Result>, millis: number): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), millis)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
