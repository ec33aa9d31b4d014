import { featureColumnName } from '../../definitions/feature-names.ts'
import type { OnDemandData } from '../../definitions/model.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Micros } from '../../kernel/time.ts'
import type { FeatureStatus, Value } from '../../kernel/values/index.ts'
import { compileOnDemand } from '../on-demand/index.ts'
import { type ErasureGuard, erasureCache, type IsErased } from './erasure.ts'
import { suppressionKey } from './keys.ts'
import { runsOf } from './live-rows.ts'
import type { FeatureFault, FeatureRows, PreparedFeatures, ServedFeatures } from './model.ts'
import type { Bytes, OnlineStore } from './ports.ts'
import {
  type PreparedLookup,
  type PreparedView,
  prepareLookup,
  prepareView,
  type RowAnswer,
  type ViewState,
} from './prepared-lookup.ts'
import type { UndefinedReason } from './window-accumulators.ts'

type RequestRow = Readonly<Record<string, Value>>
type Answers = readonly (Bytes | undefined)[]

/**
 * Makes the decoding plan of a release's features, once. Reading takes two reads of the store whatever the number of rows:
 * the heads of the views, then one record per row and lookup; a third where keys with many written events are asked for.
 * With a guard, erased keys are not found. A view that was not materialized, or was with another
 * definition, gives ERROR with a sentence, never a null that looks like data.
 */
export function prepareFeatures(
  store: OnlineStore,
  features: ServedFeatures,
  guard?: ErasureGuard,
): PreparedFeatures {
  const views = features.views.map(prepareView)
  const lookups = features.lookups.map(lookup => prepareLookup(features, lookup))
  const named = features.lookups.flatMap(lookup =>
    lookup.features.map(feature => featureColumnName(lookup, feature, features.fullNames)),
  )
  const onDemand = prepareOnDemand(features)
  const names = [...named, ...onDemand.flatMap(each => each.definition.outputs.map(output => output.name))]
  refuseCollisions(names)
  const types = [
    ...lookups.flatMap(lookup => lookup.types),
    ...onDemand.flatMap(each => each.definition.outputs.map(output => output.type)),
  ]
  const headKeys = [...views.map(view => view.headKey), ...(guard ? [suppressionKey] : [])]
  const erased = guard && erasureCache(guard)
  const plan: Plan = { views, lookups, onDemand, width: names.length, ...(erased ? { erased } : {}) }
  return {
    names,
    types,
    read: (rows, asOf) => {
      const heads = headKeys.length === 0 ? [] : store.readMany(headKeys)
      return heads instanceof Promise
        ? heads.then(found => readRecords(store, plan, { rows, asOf, heads: found }))
        : readRecords(store, plan, { rows, asOf, heads })
    },
  }
}

interface Plan {
  readonly views: readonly PreparedView[]
  readonly lookups: readonly PreparedLookup[]
  readonly onDemand: readonly PreparedOnDemand[]
  readonly width: number
  readonly erased?: ReturnType<typeof erasureCache>
}

interface Request {
  readonly rows: readonly RequestRow[]
  readonly asOf: Micros
  readonly heads: Answers
}

function refuseCollisions(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new FettleError('NAME_COLLISION', `two features are named ${twice}`, { details: { name: twice } })
}

function readRecords(store: OnlineStore, plan: Plan, request: Request): FeatureRows | Promise<FeatureRows> {
  const states = plan.views.map((view, index) => view.state(request.heads[index], request.asOf))
  const erased = plan.lookups.map(({ owner }): IsErased | undefined =>
    plan.erased?.(request.heads[plan.views.length], { owner }),
  )
  const keys: Buffer[] = []
  /** Index into `keys` per row and lookup; −1: no key, −2: no view. */
  const places: number[] = []
  for (const row of request.rows) {
    for (const [j, lookup] of plan.lookups.entries()) {
      const state = states[lookup.view]
      const key = state?.ok ? lookup.key(row, state.head, request.asOf) : null
      const gone = key && erased[j]?.(lookup.entityKey(key))
      places.push(key === null ? -2 : key === undefined || gone ? -1 : keys.push(key) - 1)
    }
  }
  const found = keys.length === 0 ? [] : store.readMany(keys)
  const answer = (records: Answers): FeatureRows | Promise<FeatureRows> =>
    withRuns(store, plan, { keys, places, records }, runs =>
      assemble(plan, request, { states, places, ...runs }),
    )
  return found instanceof Promise ? found.then(answer) : answer(found)
}

interface Records {
  readonly records: Answers
  /** By index of the record. */
  readonly runs: ReadonlyMap<number, readonly Bytes[]>
}

const noRuns: Records['runs'] = new Map()

/** Reads the runs of the keys that have some, in one snapshot with the records that refer to them. */
function withRuns(
  store: OnlineStore,
  plan: Plan,
  read: { readonly keys: readonly Buffer[]; readonly places: readonly number[]; readonly records: Answers },
  answer: (records: Records) => FeatureRows,
): FeatureRows | Promise<FeatureRows> {
  const { keys, places, records } = read
  if (!records.some(bytes => runsOf(bytes) > 0)) return answer({ records, runs: noRuns })
  const more: { readonly record: number; readonly key: Buffer }[] = []
  places.forEach((record, place) => {
    const lookup = plan.lookups[place % plan.lookups.length]
    for (let run = 0; record >= 0 && run < runsOf(records[record]); run++) {
      const key = keys[record] && lookup?.runKey(keys[record], run)
      if (key) more.push({ record, key })
    }
  })
  const found = store.readMany([...keys, ...more.map(each => each.key)])
  const finish = (all: Answers): FeatureRows | Promise<FeatureRows> => {
    const again = all.slice(0, keys.length)
    if (again.some((bytes, record) => runsOf(bytes) > runsOf(records[record])))
      return withRuns(store, plan, { keys, places, records: again }, answer)
    const runs = new Map<number, Bytes[]>()
    more.forEach(({ record }, index) => {
      const bytes = all[keys.length + index]
      if (bytes) runs.set(record, [...(runs.get(record) ?? []), bytes])
    })
    return answer({ records: again, runs })
  }
  return found instanceof Promise ? found.then(finish) : finish(found)
}

interface Fetched extends Records {
  readonly states: readonly ViewState[]
  readonly places: readonly number[]
}

function assemble(plan: Plan, { rows, asOf }: Request, fetched: Fetched): FeatureRows {
  const { states, places, records, runs } = fetched
  const faults = states.flatMap((state, index): FeatureFault[] =>
    state.ok || !plan.lookups.some(lookup => lookup.view === index)
      ? []
      : [{ column: null, row: null, code: 'VIEW_NOT_READY', message: state.why }],
  )
  const reasons: { row: number; column: number; reason: UndefinedReason }[] = []
  const answers = rows.map((row, i) => {
    const answer = emptyAnswer(plan.width)
    let column = 0
    plan.lookups.forEach((lookup, j) => {
      const state = states[lookup.view]
      const place = places[i * plan.lookups.length + j] ?? -2
      if (state?.ok && place !== -2)
        lookup.fill(answer, {
          first: column,
          keyed: place >= 0,
          bytes: place < 0 ? undefined : records[place],
          runs: runs.get(place) ?? [],
          because: (column, reason) => reasons.push({ row: i, column, reason }),
          head: state.head,
          asOf,
        })
      column += lookup.names.length
    })
    for (const each of plan.onDemand) each.fill(answer, { row, index: i, faults })
    return answer
  })
  return {
    values: answers.map(answer => answer.values),
    statuses: answers.map(answer => answer.statuses),
    eventTimes: answers.map(answer => answer.eventTimes),
    knownTimes: answers.map(answer => answer.knownTimes),
    errors: faults.map(fault => (fault.row === null ? fault.message : `row ${fault.row}: ${fault.message}`)),
    faults,
    reasons,
    watermarks: states.map(state => (state.ok ? state.head.watermark : null)),
  }
}

function emptyAnswer(width: number): RowAnswer {
  return {
    values: new Array<Value>(width).fill(null),
    statuses: new Array<FeatureStatus>(width).fill('ERROR'),
    eventTimes: new Array<Micros | null>(width).fill(null),
    knownTimes: new Array<Micros | null>(width).fill(null),
  }
}

interface PreparedOnDemand {
  readonly definition: OnDemandData
  fill(
    answer: RowAnswer,
    call: { readonly row: RequestRow; readonly index: number; readonly faults: FeatureFault[] },
  ): void
}

function prepareOnDemand(features: ServedFeatures): readonly PreparedOnDemand[] {
  const columns = new Map<string, number>()
  for (const lookup of features.lookups)
    for (const feature of lookup.features) columns.set(`${lookup.as}\0${feature}`, columns.size)
  let first = features.lookups.reduce((sum, lookup) => sum + lookup.features.length, 0)
  return features.onDemand.map(definition => {
    const prepared = prepareFunction(definition, columns, first)
    first += definition.outputs.length
    return prepared
  })
}

/** An input that was not found, is too old or could not be read is null to the function. */
function prepareFunction(
  definition: OnDemandData,
  columns: ReadonlyMap<string, number>,
  first: number,
): PreparedOnDemand {
  const compute = compileOnDemand(definition)
  const sources = definition.inputs.map(input => {
    if (input.from === 'request') return { name: input.name, column: -1 }
    const column = columns.get(`${input.lookup}\0${input.feature}`)
    if (column === undefined)
      throw new FettleError(
        'FEATURE_UNKNOWN',
        `on-demand feature ${definition.name} needs ${input.lookup}:${input.feature}, which is not looked up`,
      )
    return { name: input.name, column }
  })
  return {
    definition,
    fill: (answer, { row, index, faults }) => {
      const inputs: Record<string, Value> = {}
      for (const { name, column } of sources)
        inputs[name] = column === -1 ? requestField(definition, row, name) : inputValue(answer, column)
      try {
        const outputs = compute(inputs)
        definition.outputs.forEach((output, offset) => {
          const value = outputs[output.name] ?? null
          answer.values[first + offset] = value
          answer.statuses[first + offset] = value === null ? 'NULL_VALUE' : 'PRESENT'
        })
      } catch (error) {
        faults.push({
          column: definition.outputs[0]?.name ?? null,
          row: index,
          code: isFettleError(error) ? error.code : 'ONDEMAND_THREW',
          message: messageOf(error),
        })
      }
    },
  }
}

function inputValue(answer: RowAnswer, column: number): Value {
  return answer.statuses[column] === 'PRESENT' ? (answer.values[column] ?? null) : null
}

function requestField(definition: OnDemandData, row: RequestRow, name: string): Value {
  const value = row[name]
  if (value !== undefined) return value
  throw new FettleError(
    'REQUEST_FIELD_MISSING',
    `the request field "${name}" is missing; on-demand feature ${definition.name} needs it`,
    { details: { column: name } },
  )
}
