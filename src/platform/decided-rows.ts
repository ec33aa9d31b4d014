import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Answer, LoggedRow, ServedFeatures, SkewOptions } from '../features/index.ts'
import { replayedFeatures } from '../features/index.ts'
import { sha256Hex } from '../kernel/canonical.ts'
import { cellBytes, type FeatureStatus } from '../kernel/values/index.ts'
import type { Release } from '../registry/index.ts'
import { type DecisionReader, type DecisionRecord, type FeatureState, toDouble } from '../serving/index.ts'

export interface DecidedRequest {
  readonly reader: DecisionReader
  /** Folder of the releases that were served. */
  readonly releases: string
  readonly deployment: string
  /** Share of entity keys: a key is in with all its decisions, or out with all. */
  readonly share: number
  /** Newest decisions that are looked at. */
  readonly limit: number
  readonly signal: AbortSignal
}

export interface DecidedRows {
  readonly release: number | null
  readonly features: ServedFeatures
  readonly rows: readonly LoggedRow[]
  readonly warnings: readonly string[]
}

const noFeatures: ServedFeatures = {
  request: [],
  lookups: [],
  fullNames: false,
  views: [],
  sources: [],
  onDemand: [],
}

/** The decisions of a deployment's newest release, with what the model was given for each feature. */
export async function readDecided(request: DecidedRequest): Promise<DecidedRows> {
  const { reader, releases, deployment, limit, signal } = request
  const records: DecisionRecord[] = []
  let cursor: string | undefined
  do {
    signal.throwIfAborted()
    const page = await reader.latest(deployment, {
      ...{ limit: 500, kinds: ['online'] },
      ...(cursor === undefined ? {} : { cursor }),
    })
    records.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined && records.length < limit)
  const [newest] = records
  if (newest === undefined) return { release: null, features: noFeatures, rows: [], warnings: [] }
  const { digest } = newest.release
  const file = join(releases, digest.replace(/^sha256:/, ''), 'release.json')
  const { features } = JSON.parse(await readFile(file, 'utf8')) as Release
  const keys = features.request.filter(field => field.role === 'key')
  const own = records.filter(
    record => record.release.digest === digest && isSampled(record, keys, request.share),
  )
  const read = own.filter(({ states }) => !states.includes('timeout'))
  return {
    release: newest.release.release,
    features,
    rows: read.map(rowReader(features)),
    warnings: [
      ...(cursor === undefined ? [] : [`only the newest ${records.length} decisions were looked at`]),
      ...lateWarning(own.length - read.length),
    ],
  }
}

/** What the store did not answer in time was decided without features, and says so: there is nothing to compare. */
function lateWarning(late: number): readonly string[] {
  return late === 0
    ? []
    : [`${late} decisions are left out: the online store did not answer in time, as their records say`]
}

function isSampled(
  { entity }: DecisionRecord,
  keys: readonly { readonly name: string; readonly type: string }[],
  share: number,
): boolean {
  const cells = keys.map(({ name, type }) => cellBytes(type, entity[name] ?? null))
  return Number.parseInt(sha256Hex(Buffer.concat(cells)).slice(0, 12), 16) / 2 ** 48 < share
}

/** One decision as a row of what was served. */
export const loggedRow = (record: DecisionRecord, { features }: Release): LoggedRow =>
  rowReader(features)(record)

function rowReader(features: Release['features']): (record: DecisionRecord) => LoggedRow {
  const replayed = replayedFeatures(features)
  const columns = replayed.flatMap(({ name, lookup }) => {
    const at = features.vector.findIndex(
      column => column.from !== 'request' && (column.ref === name || column.name === name),
    )
    return at < 0 ? [] : [{ name, at, lookup: features.lookups.findIndex(each => each.as === lookup?.as) }]
  })
  return record => ({
    id: record.predictionId,
    asOf: record.asOf,
    request: record.entity,
    answers: new Map(
      columns.map(({ name, at, lookup }) => [
        name,
        { ...answerOf(record, at), eventTime: record.eventTimes[lookup] ?? null },
      ]),
    ),
  })
}

const statusOf: Readonly<Record<FeatureState, FeatureStatus>> = {
  fresh: 'PRESENT',
  request: 'PRESENT',
  default: 'PRESENT',
  stale: 'OUTSIDE_MAX_AGE',
  missing: 'NOT_FOUND',
  timeout: 'ERROR',
  error: 'ERROR',
  erased: 'ERROR',
}

function answerOf({ vector, states }: DecisionRecord, at: number): Answer {
  const value = vector[at] ?? Number.NaN
  return number(value, statusOf[states[at] ?? 'error'])
}

/** A decision keeps the number the model was given; null and NaN are one there. */
function number(value: number, status: FeatureStatus): Answer {
  if (status !== 'PRESENT') return { value: null, status }
  return Number.isNaN(value) ? { value: null, status: 'NULL_VALUE' } : { value, status }
}

/** Brings a replayed answer into the form of a decision. */
export const asDecided: NonNullable<SkewOptions['logged']> = {
  type: 'float64',
  form: ({ value, status }) => number(status === 'PRESENT' ? toDouble(value) : Number.NaN, status),
}
