import { featureColumnName } from '../../definitions/feature-names.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { FeatureStatus, Value, ValueType } from '../../kernel/values/index.ts'
import { inProcessRunner, type OnDemandRunner } from '../on-demand/index.ts'
import { type CellTable, cellValue, codeStatuses, hasValue, tableMaker } from './cells.ts'
import { type ErasureGuard, erasureCache, type IsErased } from './erasure.ts'
import { suppressionKey } from './keys.ts'
import { runsOf } from './live-rows.ts'
import type { FeatureFault, FeatureRows, FeatureTable, PreparedFeatures, ServedFeatures } from './model.ts'
import { type PreparedOnDemand, prepareOnDemand } from './on-demand-read.ts'
import type { Bytes, OnlineStore } from './ports.ts'
import {
  entityEncoders,
  type Found,
  type PreparedLookup,
  type PreparedView,
  prepareLookup,
  prepareView,
  type ViewState,
} from './prepared-lookup.ts'
import type { UndefinedReason } from './window-accumulators.ts'

type RequestRow = Readonly<Record<string, Value>>
type Answers = readonly (Bytes | undefined)[]

interface ReadOptions {
  /** Keys that must not be found. */
  readonly guard?: ErasureGuard
  /** Where on-demand features run; default: in this process, without a limit of memory. */
  readonly onDemand?: OnDemandRunner
}

/**
 * Makes the decoding plan of a release's features, once. Reading takes two reads of the store whatever the number of rows:
 * the heads of the views, then one record per row and lookup; a third where keys with many written events are asked for.
 * With a guard, erased keys are not found. A view that was not materialized, or was with another
 * definition, gives ERROR with a sentence, never a null that looks like data; so does an on-demand feature that throws,
 * gives something else than it declares, or takes too long.
 */
export function prepareFeatures(
  store: OnlineStore,
  features: ServedFeatures,
  { guard, onDemand: runner = inProcessRunner() }: ReadOptions = {},
): PreparedFeatures {
  const views = features.views.map(view =>
    prepareView(
      view,
      features.sources.find(each => each.name === view.source),
    ),
  )
  const lookups = features.lookups.map(lookup => prepareLookup(features, lookup))
  const looked = lookups.flatMap(lookup => lookup.types)
  const onDemand = prepareOnDemand(features, { runner, types: looked })
  const outputs = onDemand.flatMap(each => each.definition.outputs)
  const names = [
    ...features.lookups.flatMap(lookup =>
      lookup.features.map(feature => featureColumnName(lookup, feature, features.fullNames)),
    ),
    ...outputs.map(output => output.name),
  ]
  refuseCollisions(names)
  const types = [...looked, ...outputs.map(output => output.type)]
  const headKeys = [...views.map(view => view.headKey), ...(guard ? [suppressionKey] : [])]
  const erased = guard && erasureCache(guard)
  const times = lookups.flatMap((): ValueType[] => ['timestamp', 'timestamp'])
  const plan: Plan = {
    views,
    lookups,
    entities: entityEncoders(lookups),
    onDemand,
    width: names.length,
    newTable: tableMaker([...types, ...times]),
    ...(erased ? { erased } : {}),
  }
  const readTable: PreparedFeatures['readTable'] = (rows, asOf) => {
    const heads = headKeys.length === 0 ? [] : store.readMany(headKeys)
    return heads instanceof Promise
      ? heads.then(found => readRecords(store, plan, { rows, asOf, heads: found }))
      : readRecords(store, plan, { rows, asOf, heads })
  }
  const timesAt = lookups.flatMap((lookup, index) => lookup.names.map(() => names.length + index * 2))
  const rowsOf = rowsOfTable(types, timesAt)
  return {
    names,
    types,
    timesAt,
    readTable,
    read: (rows, asOf) => {
      const found = readTable(rows, asOf)
      return found instanceof Promise ? found.then(rowsOf) : rowsOf(found)
    },
  }
}

interface Plan {
  readonly views: readonly PreparedView[]
  readonly lookups: readonly PreparedLookup[]
  readonly entities: ReturnType<typeof entityEncoders>
  readonly onDemand: readonly PreparedOnDemand[]
  /** Columns of the answer; behind them stand two of times for each lookup. */
  readonly width: number
  readonly newTable: (rows: number) => CellTable
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

function readRecords(store: OnlineStore, plan: Plan, request: Request): FeatureTable | Promise<FeatureTable> {
  const states = plan.views.map((view, index) => view.state(request.heads[index], request.asOf))
  const erased = plan.lookups.map(({ owner }): IsErased | undefined =>
    plan.erased?.(request.heads[plan.views.length], { owner }),
  )
  const keys: Buffer[] = []
  /** Index into `keys` per row and lookup; −1: no key, −2: no view. */
  const places: number[] = []
  const { encoders, of } = plan.entities
  for (const row of request.rows) {
    const entities = new Array<Buffer | null | undefined>(encoders.length).fill(null)
    for (let j = 0; j < plan.lookups.length; j++) {
      const [lookup, which] = [plan.lookups[j], of[j] ?? 0]
      const state = lookup && states[lookup.view]
      if (lookup === undefined || !state?.ok) {
        places.push(-2)
        continue
      }
      if (entities[which] === null) entities[which] = encoders[which]?.(row)
      const entity = entities[which]
      const given = entity && !erased[j]?.(entity)
      places.push(given ? keys.push(lookup.key(entity, state.head, request.asOf)) - 1 : -1)
    }
  }
  const found = keys.length === 0 ? [] : store.readMany(keys)
  const answer = (records: Answers): FeatureTable | Promise<FeatureTable> =>
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
const none: readonly Bytes[] = []

/** Reads the runs of the keys that have some, in one snapshot with the records that refer to them. */
function withRuns(
  store: OnlineStore,
  plan: Plan,
  read: { readonly keys: readonly Buffer[]; readonly places: readonly number[]; readonly records: Answers },
  answer: (records: Records) => FeatureTable | Promise<FeatureTable>,
): FeatureTable | Promise<FeatureTable> {
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
  const finish = (all: Answers): FeatureTable | Promise<FeatureTable> => {
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

function assemble(plan: Plan, request: Request, fetched: Fetched): FeatureTable | Promise<FeatureTable> {
  const { states } = fetched
  const table = plan.newTable(request.rows.length)
  const reasons = fillLookups(plan, { request, fetched, table })
  const faults = states.flatMap((state, index): FeatureFault[] =>
    state.ok || !plan.lookups.some(lookup => lookup.view === index)
      ? []
      : [{ column: null, row: null, code: 'VIEW_NOT_READY', message: state.why }],
  )
  const watermarks = states.map(state => (state.ok ? state.head.watermark : null))
  if (plan.onDemand.length === 0) return { table, faults, reasons, watermarks }
  return Promise.all(plan.onDemand.map(each => each.fill(table, request.rows))).then(more => {
    const ofRows = more.flat().sort((left, right) => (left.row ?? 0) - (right.row ?? 0))
    return { table, faults: [...faults, ...ofRows], reasons, watermarks }
  })
}

function fillLookups(
  plan: Plan,
  answer: { readonly request: Request; readonly fetched: Fetched; readonly table: CellTable },
): NonNullable<FeatureTable['reasons']> {
  const { states, places, records, runs } = answer.fetched
  const { rows, asOf } = answer.request
  const reasons: { row: number; column: number; reason: UndefinedReason }[] = []
  const because: Found['because'] = (row, column, reason) => void reasons.push({ row, column, reason })
  let first = 0
  for (const [j, lookup] of plan.lookups.entries()) {
    const state = states[lookup.view]
    for (let row = 0; row < rows.length && state?.ok; row++) {
      const place = places[row * plan.lookups.length + j] ?? -2
      if (place === -2) continue
      lookup.fill(answer.table, {
        row,
        first,
        times: plan.width + j * 2,
        keyed: place >= 0,
        bytes: place < 0 ? undefined : records[place],
        runs: runs.get(place) ?? none,
        because,
        head: state.head,
        asOf,
      })
    }
    first += lookup.names.length
  }
  return reasons
}

/** The rows of a table: for callers who look at them one by one. Times are made when somebody asks for them. */
function rowsOfTable(types: readonly ValueType[], timesAt: readonly number[]) {
  const plain = types.map(type => type === 'float64' || type === 'float32')
  return ({ table, faults, reasons = [], watermarks }: FeatureTable): FeatureRows => {
    const { rows, codes, doubles } = table
    const values: Value[][] = []
    const statuses: FeatureStatus[][] = []
    for (let row = 0; row < rows; row++) {
      const [ofRow, how] = [new Array<Value>(types.length), new Array<FeatureStatus>(types.length)]
      for (let column = 0, at = row; column < types.length; column++, at += rows) {
        const code = codes[at] as number
        how[column] = codeStatuses[code] ?? 'ERROR'
        if (!hasValue(code)) ofRow[column] = null
        else if (plain[column]) ofRow[column] = doubles[at] as number
        else ofRow[column] = cellValue({ type: types[column] as ValueType, table, column }, row)
      }
      values.push(ofRow)
      statuses.push(how)
    }
    let eventTimes: Times | undefined
    let knownTimes: Times | undefined
    return {
      values,
      statuses,
      get eventTimes() {
        eventTimes ??= timesOf(table, timesAt, { width: types.length, offset: 0 })
        return eventTimes
      },
      get knownTimes() {
        knownTimes ??= timesOf(table, timesAt, { width: types.length, offset: 1 })
        return knownTimes
      },
      errors: faults.map(fault =>
        fault.row === null ? fault.message : `row ${fault.row}: ${fault.message}`,
      ),
      faults,
      reasons,
      watermarks,
    }
  }
}

type Times = FeatureRows['eventTimes']

/** By row and column; the columns of a lookup stand together and have one time. */
function timesOf(
  table: CellTable,
  timesAt: readonly number[],
  { width, offset }: { readonly width: number; readonly offset: 0 | 1 },
): Times {
  return Array.from({ length: table.rows }, (_, row) => {
    let last = -1
    let time: Micros | null = null
    return Array.from({ length: width }, (_, column) => {
      const at = timesAt[column]
      if (at === undefined) return null
      if (at !== last)
        time = cellValue({ table, column: at + offset, type: 'timestamp' }, row) as Micros | null
      last = at
      return time
    })
  })
}
