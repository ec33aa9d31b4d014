import type { LookupData, SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros, parseDuration } from '../../kernel/time.ts'
import type { Value, ValueType } from '../../kernel/values/index.ts'
import { type CellTable, cellCodes, cellKind, putValue } from './cells.ts'
import { type Head, headCache } from './head.ts'
import { epochPrefix, headKey, keyEncoder, siblingSlot } from './keys.ts'
import { recordSlot } from './live-keys.ts'
import { decodeTail, liveCodec, tailFormat } from './live-rows.ts'
import { type LookupCodec, rowTimes } from './lookup-record.ts'
import type { OnlineView, ServedFeatures } from './model.ts'
import type { Bytes } from './ports.ts'
import { type RecordBytes, recordBytes } from './stored-cells.ts'
import { type PlannedView, planOnlineView } from './view-plan.ts'
import type { UndefinedReason } from './window-accumulators.ts'
import { epochAt } from './window-epochs.ts'
import { type KeyContent, windowReader } from './window-reader.ts'

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
  /** Columns of the request that make up the entity's part of a record's key. */
  readonly components: readonly { readonly name: string; readonly type: string }[]
  /** Where a run stands beside the record. */
  runKey(key: Buffer, run: number): Buffer
  /** The record's key. */
  key(entity: Buffer, head: Head, asOf: Micros): Buffer
  fill(table: CellTable, found: Found): void
}

export interface Found {
  readonly row: number
  /** First column to fill. */
  readonly first: number
  /** The column of event times; that of known times is the next. */
  readonly times: number
  readonly keyed: boolean
  readonly bytes: Bytes | undefined
  /** Records the first one refers to. */
  readonly runs: readonly Bytes[]
  readonly head: Head
  readonly asOf: Micros
  /** Told why a value is null although rows counted. */
  because(row: number, column: number, reason: UndefinedReason): void
}

/** A question may be asked this long before the instant the data were made for: clocks of machines differ. */
const clockSkew = 300_000_000n

/** `source`: a view of a push source that was never written to is empty; any other that was never filled cannot be read. */
export function prepareView(view: OnlineView, source: SourceData | undefined): PreparedView {
  const decode = headCache()
  const empty = source?.from.kind === 'push' ? emptyHead(view) : undefined
  const title = `view ${view.name}@v${view.version}`
  return {
    name: view.name,
    headKey: headKey({ name: view.name, version: view.version }),
    state: (bytes, asOf) => {
      if (bytes === undefined)
        return empty ? { ok: true, head: empty } : { ok: false, why: `${title} has not been materialized` }
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

/** Nothing was accepted, so what it knows is as old as can be: a window's max age counts from the beginning of time. */
function emptyHead(view: OnlineView): Head {
  return {
    generation: 0,
    former: null,
    watermark: 0n,
    from: 0n,
    epochs: { start: 0n, length: 1n, count: 1, until: 0n },
    definition: view.semanticHash,
    source: null,
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
  const types = picks.map(pick => view.features[pick]?.type ?? ('string' as const))
  const picked: Picked = { picks, types }
  const common = {
    view: viewIndex,
    names: lookup.features,
    types,
    owner: planned.owner,
    components: planned.keys.map((key, index) => ({ name: lookup.keys[index] ?? key.name, type: key.type })),
    runKey: (key: Buffer, run: number) => siblingSlot(planned.id, key, recordSlot(run)),
    key: keyOf(planned),
  }
  const age = {
    limit: view.maxAge === undefined ? null : parseDuration(view.maxAge),
    returnsOld: view.expired === 'return',
  }
  return {
    ...common,
    fill: planned.kind === 'window' ? windowFill(planned, picked, age) : lookupFill(planned, picked, age),
  }
}

function keyOf(planned: PlannedView): PreparedLookup['key'] {
  let prefix: Buffer = Buffer.alloc(0)
  let [generation, epoch] = [-1, -1]
  return (entity, head, asOf) => {
    const wanted = planned.kind === 'window' ? epochAt(head.epochs, asOf) : 0
    if (head.generation !== generation || wanted !== epoch) {
      generation = head.generation
      epoch = wanted
      prefix = epochPrefix(planned.id, generation, epoch)
    }
    const key = Buffer.allocUnsafe(prefix.length + entity.length)
    key.set(prefix, 0)
    key.set(entity, prefix.length)
    return key
  }
}

/** Encodes what a row says of an entity; undefined for a key with a null component. */
export type EntityEncoder = (row: Readonly<Record<string, Value>>) => Buffer | undefined

const noPrefix = Buffer.alloc(0)

/** Lookups by the same columns share what they encode: an encoder for each, and which one is whose. */
export function entityEncoders(lookups: readonly PreparedLookup[]): {
  readonly encoders: readonly EntityEncoder[]
  readonly of: readonly number[]
} {
  const signatures = lookups.map(lookup => JSON.stringify(lookup.components))
  const distinct = [...new Set(signatures)]
  const encoders = distinct.flatMap(signature => {
    const lookup = lookups[signatures.indexOf(signature)]
    return lookup ? [entityEncoder(lookup.components)] : []
  })
  return { encoders, of: signatures.map(signature => distinct.indexOf(signature)) }
}

function entityEncoder(components: PreparedLookup['components']): EntityEncoder {
  const encode = keyEncoder(components)
  const parts: Value[] = new Array(components.length).fill(null)
  return row => {
    components.forEach(({ name }, index) => {
      const value = row[name]
      if (value === undefined)
        throw new FettleError('KEY_MISSING', `the key "${name}" is missing`, { details: { column: name } })
      parts[index] = value
    })
    return encode(parts, noPrefix)
  }
}

interface Age {
  /** µs; null: no limit. */
  readonly limit: Micros | null
  readonly returnsOld: boolean
}

/** The features of the view that are asked for, by their place in it, and their types. */
interface Picked {
  readonly picks: readonly number[]
  readonly types: readonly ValueType[]
}

function notFound({ codes, rows }: CellTable, { first, row }: Found, count: number): void {
  for (let i = 0; i < count; i++) codes[(first + i) * rows + row] = cellCodes.notFound
}

/** features.md §9.2 for as-of views: not found, outside max age by event age, null, present. */
function lookupFill(planned: PlannedView, picked: Picked, age: Age): PreparedLookup['fill'] {
  const codec = planned.lookup?.codec
  if (codec === undefined) throw new FettleError('INTERNAL', `view ${planned.id.name} has no codec`)
  const fillCells = cellFiller(codec, picked)
  return (table, found) => {
    const { bytes, asOf, times } = found
    if (bytes === undefined) return notFound(table, found, picked.picks.length)
    const record = recordBytes(bytes)
    const at = codec.find(record, asOf)
    if (at === -1 || codec.deleted(record, at)) return notFound(table, found, picked.picks.length)
    const outside = age.limit !== null && asOf - codec.event(record, at) > age.limit
    fillCells(table, found, { record, at, outside, returnsOld: age.returnsOld })
    const time = times * table.rows + found.row
    copyWide(table, time, { record, from: at + rowTimes.event })
    table.codes[time] = cellCodes.present
    if (!codec.isKnown(record, at)) return
    copyWide(table, time + table.rows, { record, from: at + rowTimes.known })
    table.codes[time + table.rows] = cellCodes.present
  }
}

interface StoredRow {
  readonly record: RecordBytes
  /** Where the row begins. */
  readonly at: number
  readonly outside: boolean
  readonly returnsOld: boolean
}

function cellFiller(codec: LookupCodec, { picks, types }: Picked) {
  const wide = types.map(type => cellKind(type) === 'wide')
  return (table: CellTable, { first, row }: Found, { record, at, outside, returnsOld }: StoredRow): void => {
    const present = outside ? cellCodes.old : cellCodes.present
    for (let i = 0; i < picks.length; i++) {
      const pick = picks[i] ?? 0
      const from = outside && !returnsOld ? -1 : codec.slot(record, at, pick)
      const cell = (first + i) * table.rows + row
      if (from === -1) table.codes[cell] = outside ? cellCodes.outside : cellCodes.nullValue
      else {
        table.codes[cell] = present
        if (wide[i] === true) copyWide(table, cell, { record, from })
        else {
          const cells = { table, column: first + i, type: types[i] ?? 'string' }
          putValue(cells, row, codec.cell(record, at, pick))
        }
      }
    }
  }
}

/** Copies 64 bits as they stand. Records and tables are both little-endian. */
function copyWide({ halves }: CellTable, cell: number, place: { record: RecordBytes; from: number }): void {
  const { view } = place.record
  halves[cell * 2] = view.getInt32(place.from, true)
  halves[cell * 2 + 1] = view.getInt32(place.from + 4, true)
}

/** For window views: found whatever the key has seen, unless it is null; outside max age by the age of the watermark. */
function windowFill(planned: PlannedView, { picks, types }: Picked, age: Age): PreparedLookup['fill'] {
  if (planned.windows === null)
    throw new FettleError('INTERNAL', `view ${planned.id.name} has no window plan`)
  const read = windowReader(planned.windows)
  const codec = liveCodec(planned.windows, planned.columns)
  const contentOf = (bytes: Bytes | undefined, runs: readonly Bytes[]): KeyContent | undefined => {
    if (bytes === undefined || bytes[0] !== tailFormat) return bytes && { records: [bytes], rows: [] }
    return { records: runs, rows: codec.windowRows(codec.decode(decodeTail(bytes).rows)) }
  }
  const columns = new Map(picks.map((pick, index) => [pick, index]))
  return (table, found) => {
    const { row, first, keyed, bytes, runs, head, asOf, because } = found
    if (!keyed) return notFound(table, found, picks.length)
    const outside = age.limit !== null && asOf - head.watermark > age.limit
    const values = read(contentOf(bytes, runs), asOf, (feature, reason) => {
      const column = columns.get(feature)
      if (column !== undefined) because(row, first + column, reason)
    })
    for (let i = 0; i < picks.length; i++) {
      const value = values[picks[i] ?? 0] ?? null
      const given = value !== null && (!outside || age.returnsOld)
      const cells = { table, column: first + i, type: types[i] ?? 'string' }
      if (given) putValue(cells, row, value)
      table.codes[cells.column * table.rows + row] = outside
        ? given
          ? cellCodes.old
          : cellCodes.outside
        : given
          ? cellCodes.present
          : cellCodes.nullValue
    }
  }
}
