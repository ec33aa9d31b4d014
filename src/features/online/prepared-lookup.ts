import type { LookupData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros, parseDuration } from '../../kernel/time.ts'
import type { FeatureStatus, Value, ValueType } from '../../kernel/values/index.ts'
import { type Head, headCache } from './head.ts'
import { entityPart, epochPrefix, headKey, keyEncoder, siblingSlot } from './keys.ts'
import { recordSlot } from './live-keys.ts'
import { decodeTail, liveCodec, tailFormat } from './live-rows.ts'
import type { OnlineView, ServedFeatures } from './model.ts'
import type { Bytes } from './ports.ts'
import { recordBytes } from './stored-cells.ts'
import { type PlannedView, planOnlineView } from './view-plan.ts'
import type { UndefinedReason } from './window-accumulators.ts'
import { epochAt } from './window-epochs.ts'
import { type KeyContent, windowReader } from './window-reader.ts'

/** Where the answers of one entity row go. */
export interface RowAnswer {
  readonly values: Value[]
  readonly statuses: FeatureStatus[]
  readonly eventTimes: (Micros | null)[]
  readonly knownTimes: (Micros | null)[]
}

/** A view as one request finds it: its head at that moment, or why it cannot be read. */
export type ViewState =
  | { readonly ok: true; readonly head: Head }
  | { readonly ok: false; readonly why: string }

/** The part of a view that all its lookups share. */
export interface PreparedView {
  readonly name: string
  readonly headKey: Bytes
  state(head: Bytes | undefined, asOf: Micros): ViewState
}

/** One join of a view, with the columns it fills: from `first` on, one per feature. */
export interface PreparedLookup {
  readonly view: number
  readonly names: readonly string[]
  readonly types: readonly ValueType[]
  /** Whose keys these are, for the list of erased keys. */
  readonly owner: string
  /** The entity's part of a record's key. */
  entityKey(key: Buffer): Buffer
  /** Where a run stands beside the record. */
  runKey(key: Buffer, run: number): Buffer
  /** The record's key; undefined for a key with a null component. */
  key(row: Readonly<Record<string, Value>>, head: Head, asOf: Micros): Buffer | undefined
  fill(answer: RowAnswer, found: Found): void
}

export interface Found {
  /** First column to fill. */
  readonly first: number
  readonly keyed: boolean
  readonly bytes: Bytes | undefined
  /** Records the first one refers to. */
  readonly runs: readonly Bytes[]
  readonly head: Head
  readonly asOf: Micros
  /** Told why a value is null although rows counted. */
  because(column: number, reason: UndefinedReason): void
}

/** A question may be asked this long before the instant the data were made for: clocks of machines differ. */
const clockSkew = 300_000_000n

export function prepareView(view: OnlineView): PreparedView {
  const decode = headCache()
  const title = `view ${view.name}@v${view.version}`
  return {
    name: view.name,
    headKey: headKey({ name: view.name, version: view.version }),
    state: (bytes, asOf) => {
      if (bytes === undefined) return { ok: false, why: `${title} has not been materialized` }
      const head = decode(bytes)
      if (head.definition !== view.semanticHash)
        return { ok: false, why: `${title} was materialized with another definition` }
      if (asOf + clockSkew < head.from) {
        return {
          ok: false,
          why: `${title} is materialized for ${formatTimestamp(head.from)} and later, not for ${formatTimestamp(asOf)}`,
        }
      }
      return { ok: true, head }
    },
  }
}

export function prepareLookup(features: ServedFeatures, lookup: LookupData): PreparedLookup {
  const viewIndex = features.views.findIndex(view => view.name === lookup.view)
  const view = features.views[viewIndex]
  if (view === undefined)
    throw new FettleError(
      'FEATURE_VIEW_UNKNOWN',
      `lookup ${lookup.as} names view ${lookup.view}, which is not there`,
    )
  const source = features.sources.find(each => each.name === view.source)
  if (source === undefined)
    throw new FettleError(
      'FEATURE_VIEW_UNKNOWN',
      `the source ${view.source} of view ${view.name} is not there`,
    )
  const planned = planOnlineView(view, source)
  const picks = lookup.features.map(name => {
    const index = view.features.findIndex(feature => feature.name === name)
    if (index === -1)
      throw new FettleError('FEATURE_UNKNOWN', `view ${view.name} has no feature ${name}`, {
        details: { view: view.name, feature: name },
      })
    return index
  })
  const common = {
    view: viewIndex,
    names: lookup.features,
    types: picks.map(pick => view.features[pick]?.type ?? ('string' as const)),
    owner: planned.owner,
    entityKey: (key: Buffer) => entityPart(planned.id, key),
    runKey: (key: Buffer, run: number) => siblingSlot(planned.id, key, recordSlot(run)),
    key: keyOf(lookup, planned),
  }
  const age = {
    limit: view.maxAge === undefined ? null : parseDuration(view.maxAge),
    returnsOld: view.expired === 'return',
  }
  return {
    ...common,
    fill: planned.kind === 'window' ? windowFill(planned, picks, age) : lookupFill(planned, picks, age),
  }
}

function keyOf(lookup: LookupData, planned: PlannedView): PreparedLookup['key'] {
  const names = lookup.keys
  const encode = keyEncoder(
    planned.keys.map((key, index) => ({ name: names[index] ?? key.name, type: key.type })),
  )
  const parts: Value[] = new Array(names.length).fill(null)
  let prefix: Buffer = Buffer.alloc(0)
  let [generation, epoch] = [-1, -1]
  return (row, head, asOf) => {
    const wanted = planned.kind === 'window' ? epochAt(head.epochs, asOf) : 0
    if (head.generation !== generation || wanted !== epoch) {
      generation = head.generation
      epoch = wanted
      prefix = epochPrefix(planned.id, generation, epoch)
    }
    for (let i = 0; i < names.length; i++) {
      const value = row[names[i] ?? '']
      if (value === undefined)
        throw new FettleError('KEY_MISSING', `the key "${names[i]}" is missing`, {
          details: { column: names[i] },
        })
      parts[i] = value
    }
    return encode(parts, prefix)
  }
}

interface Age {
  /** µs; null: no limit. */
  readonly limit: Micros | null
  readonly returnsOld: boolean
}

function put(answer: RowAnswer, column: number, status: FeatureStatus, value: Value): void {
  answer.values[column] = value
  answer.statuses[column] = status
}

function notFound(answer: RowAnswer, first: number, count: number): void {
  for (let i = 0; i < count; i++) put(answer, first + i, 'NOT_FOUND', null)
}

/** features.md §9.2 for as-of views: not found, outside max age by event age, null, present. */
function lookupFill(planned: PlannedView, picks: readonly number[], age: Age): PreparedLookup['fill'] {
  const codec = planned.lookup?.codec
  if (codec === undefined) throw new FettleError('INTERNAL', `view ${planned.id.name} has no codec`)
  return (answer, { first, bytes, asOf }) => {
    if (bytes === undefined) return notFound(answer, first, picks.length)
    const record = recordBytes(bytes)
    const row = codec.find(record, asOf)
    if (row === -1 || codec.deleted(record, row)) return notFound(answer, first, picks.length)
    const event = codec.event(record, row)
    const known = codec.known(record, row)
    const outside = age.limit !== null && asOf - event > age.limit
    for (let i = 0; i < picks.length; i++) {
      const value = outside && !age.returnsOld ? null : codec.cell(record, row, picks[i] ?? 0)
      put(answer, first + i, outside ? 'OUTSIDE_MAX_AGE' : value === null ? 'NULL_VALUE' : 'PRESENT', value)
      answer.eventTimes[first + i] = event
      answer.knownTimes[first + i] = known
    }
  }
}

/** For window views: found whatever the key has seen, unless it is null; outside max age by the age of the watermark. */
function windowFill(planned: PlannedView, picks: readonly number[], age: Age): PreparedLookup['fill'] {
  if (planned.windows === null)
    throw new FettleError('INTERNAL', `view ${planned.id.name} has no window plan`)
  const read = windowReader(planned.windows)
  const codec = liveCodec(planned.windows, planned.columns)
  const contentOf = (bytes: Bytes | undefined, runs: readonly Bytes[]): KeyContent | undefined => {
    if (bytes === undefined || bytes[0] !== tailFormat) return bytes && { records: [bytes], rows: [] }
    return { records: runs, rows: codec.windowRows(codec.decode(decodeTail(bytes).rows)) }
  }
  const columns = new Map(picks.map((pick, index) => [pick, index]))
  return (answer, { first, keyed, bytes, runs, head, asOf, because }) => {
    if (!keyed) return notFound(answer, first, picks.length)
    const outside = age.limit !== null && asOf - head.watermark > age.limit
    const values = read(contentOf(bytes, runs), asOf, (feature, reason) => {
      const column = columns.get(feature)
      if (column !== undefined) because(first + column, reason)
    })
    for (let i = 0; i < picks.length; i++) {
      const value = values[picks[i] ?? 0] ?? null
      if (outside) put(answer, first + i, 'OUTSIDE_MAX_AGE', age.returnsOld ? value : null)
      else put(answer, first + i, value === null ? 'NULL_VALUE' : 'PRESENT', value)
    }
  }
}
