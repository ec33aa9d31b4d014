import { featureColumnName } from '../../definitions/feature-names.ts'
import type { Micros } from '../../kernel/time.ts'
import type { FeatureStatus, Value, ValueType } from '../../kernel/values/model.ts'
import { type FeatureState, featureStates, type ReleaseNote, type ServableRelease } from '../model.ts'
import type { FeatureRows, PreparedFeatures } from '../ports.ts'
import { compileChecker, type RowChecker } from './checker.ts'
import { refused } from './refused.ts'
import { notedAction } from './segment-thresholds.ts'

export type RequestField = ServableRelease['features']['request'][number]

/** A field of the request that is also a column of the vector. */
export interface RequestColumn {
  readonly field: string
  readonly at: number
}

/** What serving needs to know of a release's signature, worked out once when it is loaded. */
export interface ServingSignature {
  readonly request: readonly RequestField[]
  /** Whole numbers are among the request fields: bodies are scanned for digits a double cannot hold. */
  readonly integers: boolean
  /** Number of columns of the vector. */
  readonly width: number
  readonly requestColumns: readonly RequestColumn[]
  /** Columns that are not sent and that the model cannot do without: a row that lacks one is the fallback's. */
  readonly required: readonly number[]
  readonly check: RowChecker
  /** Writes looked-up and on-demand values of one row into its vector, and how each came about. */
  fill(features: FeatureRows, row: number, vector: Float64Array, states: Uint8Array): void
  /** The same when the store did not answer: missing, state `timeout`. */
  fillTimeout(vector: Float64Array, states: Uint8Array): void
  eventTimes(features: FeatureRows, row: number): readonly (Micros | null)[]
}

const stateOfStatus: Readonly<Record<FeatureStatus, FeatureState>> = {
  PRESENT: 'fresh',
  NULL_VALUE: 'fresh',
  NOT_FOUND: 'missing',
  OUTSIDE_MAX_AGE: 'stale',
  ERROR: 'error',
}
const stateNumber = (state: FeatureState): number => featureStates.indexOf(state)
const numeric: readonly ValueType[] = ['bool', 'int64', 'float64', 'float32', 'timestamp', 'date']
const carried: readonly ValueType[] = [...numeric, 'string']

/** Throws RELEASE_REFUSED when the release asks for something that cannot be served. */
export function servingSignature(release: ServableRelease, features: PreparedFeatures): ServingSignature {
  const { request, vector, lookups, fullNames } = release.features
  const requestColumns: RequestColumn[] = []
  /** Per vector column, the feature it comes from; -1: from the request. */
  const featureOf = vector.map((column, at) => {
    if (column.from === 'request') {
      const field = request.find(each => each.name === column.ref)
      if (!field)
        throw refused(
          release,
          `column "${column.name}" wants request field "${column.ref}", which is not declared`,
        )
      requireNumeric(release, column.name, field.type)
      requestColumns.push({ field: field.name, at })
      return -1
    }
    const feature =
      [column.ref, column.name].map(name => features.names.indexOf(name)).find(index => index >= 0) ?? -1
    if (feature < 0)
      throw refused(
        release,
        `column "${column.name}" wants feature "${column.ref}", which no lookup supplies`,
      )
    requireNumeric(release, column.name, features.types[feature] ?? 'string')
    return feature
  })
  if (vector.length !== release.signature.inputs.length) {
    throw refused(
      release,
      `the vector has ${vector.length} columns, the model eats ${release.signature.inputs.length}`,
    )
  }
  for (const field of request) {
    if (!carried.includes(field.type))
      throw refused(
        release,
        `request field "${field.name}" has type ${field.type}, which requests cannot carry`,
      )
  }
  const firstFeature = lookups.map(each =>
    features.names.indexOf(featureColumnName(each, each.features[0] ?? '', fullNames)),
  )
  const requestState = stateNumber('request')
  const timeoutState = stateNumber('timeout')
  return {
    request,
    integers: request.some(field => field.type === 'int64'),
    width: vector.length,
    requestColumns,
    required: release.signature.inputs.flatMap(({ nullable }, at) =>
      nullable || vector[at]?.from === 'request' ? [] : [at],
    ),
    check: compileChecker(request, requestColumns),
    fill(rows, row, out, states) {
      const values = rows.values[row] as readonly Value[]
      const statuses = rows.statuses[row] as readonly FeatureStatus[]
      for (let at = 0; at < featureOf.length; at++) {
        const feature = featureOf[at] as number
        if (feature < 0) states[at] = requestState
        else {
          const status = statuses[feature] as FeatureStatus
          states[at] = stateNumbers[status]
          out[at] = status === 'PRESENT' ? toDouble(values[feature] as Value) : Number.NaN
        }
      }
    },
    fillTimeout(out, states) {
      featureOf.forEach((feature, at) => {
        states[at] = feature < 0 ? requestState : timeoutState
        if (feature >= 0) out[at] = Number.NaN
      })
    },
    eventTimes: (rows, row) => firstFeature.map(feature => rows.eventTimes[row]?.[feature] ?? null),
  }
}

const stateNumbers = Object.fromEntries(
  Object.entries(stateOfStatus).map(([status, state]) => [status, stateNumber(state)]),
) as Readonly<Record<FeatureStatus, number>>

/** A value as the scorer eats it: missing is NaN, false and true are 0 and 1, times are microseconds. */
export function toDouble(value: Value): number {
  if (typeof value === 'number') return value
  if (value === null) return Number.NaN
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'bigint' ? Number(value) : Number.NaN
}

function requireNumeric(release: ServableRelease, column: string, type: ValueType): void {
  if (!numeric.includes(type))
    throw refused(release, `column "${column}" has type ${type}, and the scorers eat numbers`)
}

/** What the log says once about this release. */
export function releaseNote(release: ServableRelease, scorer: ReleaseNote['scorer']): ReleaseNote {
  return {
    deployment: release.deployment,
    release: release.number,
    digest: release.digest,
    model: release.model.name,
    modelVersion: release.model.version,
    scorer: { kind: scorer.kind, build: scorer.build },
    request: release.features.request.map(({ name, role }) => ({ name, role })),
    vector: release.features.vector.map(column => column.name),
    lookups: release.features.lookups.map(each => each.as),
    action: notedAction(release),
  }
}
