import type {
  FeatureViewData,
  PredicateData,
  SourceData,
  WindowFeatureData,
} from '../../../definitions/model.ts'
import type { ColumnRun, Field } from '../../../kernel/values/index.ts'
import type { JoinTimes, SpineRelation } from '../as-of.ts'
import { isWindow, type ResolvedLookup } from '../lookups.ts'
import type { Batch, OfflineSession } from '../ports.ts'
import { all, id } from '../sql-text.ts'
import { type EventNeeds, eventOrder, eventRows } from './event-table.ts'
import { type Events, groupByCode } from './events.ts'
import { groupEvents } from './grouped.ts'
import { bytesPerEvent, type EventExtent, eventExtent, loadEvents } from './load.ts'
import { type Partition, partitions } from './partitions.ts'
import { codeTable, countByKey, loadQueries, numberKeys, type Queries, queriesSql } from './queries.ts'
import { pieces, type ResultColumn, sliceRun, type UndefinedReason } from './results.ts'
import { sweep, type WindowQuery } from './sweep.ts'

/** What some lookup or label asks of a source. */
export interface WindowUse {
  readonly source: SourceData
  readonly keys: readonly string[]
  readonly features: readonly WindowFeatureData[]
}

/** Events of a source held in memory for all lookups that read it, where they fit. */
interface HeldEvents {
  readonly relation: string
  readonly events: Events
}

/** Shared by the lookups of one join. */
export interface EventCache {
  needs(view: Pick<FeatureViewData, 'keys' | 'knownTime'>, source: SourceData): EventNeeds
  extent(needs: EventNeeds): Promise<EventExtent>
  held(needs: EventNeeds): Promise<HeldEvents>
}

/** Operators whose answer depends on the order of rows at one event time. */
const ordered = new Set(['first', 'last', 'first_k', 'last_k'])

/** Collects what all uses of a source need, so that one scan serves them. */
export function eventCache(
  session: OfflineSession,
  times: JoinTimes,
  uses: readonly WindowUse[],
): EventCache {
  const extents = new Map<string, Promise<EventExtent>>()
  const held = new Map<string, Promise<HeldEvents>>()
  const extent = (needs: EventNeeds): Promise<EventExtent> => {
    const found = extents.get(needs.source.name) ?? eventExtent(session, needs)
    extents.set(needs.source.name, found)
    return found
  }
  const hold = async (needs: EventNeeds): Promise<HeldEvents> => {
    const { dialect } = session
    const relation = `events_${nameOf(needs)}`
    const { select, from } = eventRows(needs, dialect)
    await session.createNumbered(
      relation,
      `SELECT ${select} FROM ${from} ORDER BY ${eventOrder(needs, dialect)}`,
    )
    const [[rows = 0n] = []] = await session.rows(`SELECT count(*) FROM ${id(relation)}`, [
      { name: 'rows', type: 'int64' },
    ])
    const { doubles } = await extent(needs)
    const read = { from: inOrder(session, id(relation)), rows: Number(rows), doubles }
    return { relation, events: (await loadEvents(session, needs, read)).events }
  }
  return {
    needs({ keys, knownTime }, source) {
      const same = (use: WindowUse): boolean => source.eventId === undefined || equalKeys(use.keys, keys)
      const own = uses.filter(use => use.source.name === source.name && same(use))
      const features = own.flatMap(use => use.features)
      const predicates = new Map<string, PredicateData>()
      for (const { where } of features) if (where) predicates.set(JSON.stringify(where), where)
      return {
        source,
        knownTime,
        times,
        keys: [...new Set(own.flatMap(use => use.keys))],
        columns: [...new Set(features.flatMap(({ column }) => (column === undefined ? [] : [column])))],
        predicates: [...predicates.values()],
        ordered: features.some(({ op }) => ordered.has(op)),
      }
    },
    extent,
    held(needs) {
      const name = nameOf(needs)
      const found = held.get(name) ?? hold(needs)
      held.set(name, found)
      return found
    },
  }
}

/** Which rows are versions of an event depends on the keys (§2.3); other sources are held once for all keys. */
function nameOf({ knownTime, source, keys }: EventNeeds): string {
  return [knownTime, source.name, ...(source.eventId === undefined ? [] : keys)].join('_')
}

function equalKeys(left: readonly string[], right: readonly string[]): boolean {
  return JSON.stringify([...left].sort()) === JSON.stringify([...right].sort())
}

/** DuckDB reads a table in its order; sorting again would cost as much as the first sort. */
function inOrder(session: OfflineSession, from: string, by = '__n'): string {
  return session.dialect.name === 'duckdb' ? from : `${from} ORDER BY ${by}`
}

export interface WindowJoin {
  readonly session: OfflineSession
  readonly spine: SpineRelation
  readonly cache: EventCache
}

/** A value of the result that is null for a reason of its own: the spine row, the feature's position, the reason. */
export interface Undefined {
  readonly row: number
  readonly feature: number
  readonly reason: UndefinedReason
}

/**
 * Computes the window features of one lookup (features.md §4): makes `relation` with a row for every spine row: `__n`, for
 * feature i its value `f<i>`, and `null_key`. Where events and spine do not fit into the session's memory for sweeps, they
 * are swept in ranges of keys, one after the other; the values are the same.
 */
export async function addWindows(
  join: WindowJoin,
  resolved: ResolvedLookup,
  { relation, label }: { readonly relation: string; readonly label?: WindowQuery },
): Promise<readonly Undefined[]> {
  const { session, spine, cache } = join
  const needs = cache.needs(resolved.view, resolved.source)
  const asked: readonly WindowQuery[] = label
    ? [label]
    : resolved.features.flatMap(({ feature }) => (isWindow(feature) ? [{ feature }] : []))
  const keys = await numberKeys(session, spine, resolved)
  const extent = await cache.extent(needs)
  const bytes = { event: bytesPerEvent(needs), query: 28 + 24 * asked.length }
  const sweepJoin: SweepJoin = { ...join, resolved, needs, asked, keys, extent }
  const fits = extent.rows * bytes.event + spine.rows * bytes.query <= session.sweepBytes
  if (fits) return sweepAtOnce(sweepJoin, relation)
  return sweepInParts(sweepJoin, relation, bytes)
}

interface SweepJoin extends WindowJoin {
  readonly resolved: ResolvedLookup
  readonly needs: EventNeeds
  readonly asked: readonly WindowQuery[]
  readonly keys: number
  readonly extent: EventExtent
}

async function sweepAtOnce(join: SweepJoin, relation: string): Promise<Undefined[]> {
  const { session, spine, resolved, needs, cache, extent } = join
  const queries = await loadQueries(session, `(${queriesSql(spine, resolved)})`, {
    rows: spine.rows,
    doubles: extent.doubles,
  })
  const held = await cache.held(needs)
  return writeSweep(join, relation, {
    events: held.events,
    codes: await eventCodes(join, held),
    queries,
    keys: join.keys,
  })
}

/** Key number of every held event; −1 for events that no spine row asks for. */
async function eventCodes({ session, resolved, keys }: SweepJoin, held: HeldEvents): Promise<Int32Array> {
  const codes = new Int32Array(held.events.rows).fill(-1)
  if (keys === 0) return codes
  const on = all(resolved.view.keys.map((key, index) => `e.${id(key)} = c.__key${index}`))
  const select = `SELECT CAST(e.__n AS DOUBLE), c.__code FROM ${id(held.relation)} e JOIN ${id(codeTable(resolved))} c ON ${on}`
  const fields: Field[] = [
    { name: 'row', type: 'float64' },
    { name: 'code', type: 'date' },
  ]
  for await (const { rows, columns } of session.stream(select, fields)) {
    const [places, found] = columns
    if (places?.kind !== 'fixed' || found?.kind !== 'fixed')
      throw new TypeError('fixed-width columns were expected')
    const row = new Float64Array(places.bytes.buffer, places.bytes.byteOffset, rows)
    const code = new Int32Array(found.bytes.buffer, found.bytes.byteOffset, rows)
    for (let index = 0; index < rows; index++) codes[row[index] ?? 0] = code[index] ?? -1
  }
  return codes
}

async function sweepInParts(
  join: SweepJoin,
  relation: string,
  bytes: { readonly event: number; readonly query: number },
): Promise<Undefined[]> {
  const { session, spine, resolved, needs, keys, extent } = join
  const { dialect } = session
  const names = { events: `parts_${relation}`, queries: `asks_${relation}` }
  const { from } = eventRows(needs, dialect)
  const { select } = eventRows({ ...needs, keys: [] }, dialect)
  const on = all(resolved.view.keys.map((key, index) => `e.${id(key)} = c.__key${index}`))
  const rows = `SELECT c.__code, e.* FROM ${from} e JOIN ${id(codeTable(resolved))} c ON ${on}`
  await session.createNumbered(
    names.events,
    `SELECT __code, ${select} FROM (${rows}) ORDER BY __code, ${eventOrder(needs, dialect)}`,
  )
  await session.createNumbered(
    names.queries,
    `SELECT __code, __t, __n AS __at FROM (${queriesSql(spine, resolved)}) ORDER BY __code, __t`,
  )
  const counts = {
    events: await countByKey(session, names.events, keys),
    queries: await countByKey(session, names.queries, keys),
  }
  const reasons: Undefined[] = []
  const pieces: string[] = []
  const nulls = spine.rows - counts.queries.reduce((total, each) => total + each, 0)
  const parts: readonly (Partition & { readonly null?: boolean })[] = [
    ...partitions(counts, bytes, session.sweepBytes),
    ...(nulls > 0 ? [{ from: 0, to: 0, events: 0, queries: nulls, null: true }] : []),
  ]
  for (const [index, part] of parts.entries()) {
    const range = part.null ? '__code IS NULL' : `__code >= ${part.from} AND __code < ${part.to}`
    const asks = `(SELECT __at AS __n, __t, __code - ${part.from} AS __code, __n AS __place FROM ${id(names.queries)} WHERE ${range})`
    const queries = await loadQueries(session, inOrder(session, asks, '__place'), {
      rows: part.queries,
      doubles: extent.doubles,
    })
    const { events, codes } = await loadEvents(session, needs, {
      from: inOrder(session, `${id(names.events)} WHERE ${range}`),
      rows: part.events,
      doubles: extent.doubles,
      code: `__code - ${part.from}`,
    })
    const piece = `${relation}_${index}`
    reasons.push(...(await writeSweep(join, piece, { events, codes, queries, keys: part.to - part.from })))
    pieces.push(`SELECT * FROM ${id(piece)}`)
  }
  await session.run(`CREATE TEMP VIEW ${id(relation)} AS ${pieces.join(' UNION ALL ')}`)
  return reasons
}

interface Loaded {
  readonly events: Events
  readonly codes: Int32Array
  readonly queries: Queries
  readonly keys: number
}

/** Sweeps what is loaded and makes a relation of the results. */
async function writeSweep(
  { session, asked, resolved }: SweepJoin,
  relation: string,
  { events, codes, queries, keys }: Loaded,
): Promise<Undefined[]> {
  const grouped = groupEvents(events, groupByCode(codes, keys))
  const results = sweep(grouped, queries, asked)
  await session.addColumns(relation, resultFields(resolved), batches(queries, results))
  return results.flatMap(({ reasons }, feature) =>
    [...reasons].map(([at, reason]) => ({ row: queries.row[at] ?? 0, feature, reason })),
  )
}

function resultFields({ features }: ResolvedLookup): Field[] {
  const values = features.map(({ feature }, index): Field => ({ name: `f${index}`, type: feature.type }))
  return [{ name: '__n', type: 'int64' }, ...values, { name: 'null_key', type: 'bool' }]
}

function batches({ row, code }: Queries, results: readonly ResultColumn[]): Iterable<Batch> {
  return pieces(row.length, (from, to): ColumnRun[] => {
    const places = new BigInt64Array(to - from)
    const nullKeys = new Uint8Array(to - from)
    for (let at = from; at < to; at++) {
      places[at - from] = BigInt(row[at] ?? 0)
      nullKeys[at - from] = (code[at] ?? -1) < 0 ? 1 : 0
    }
    return [
      { kind: 'fixed', width: 8, bytes: new Uint8Array(places.buffer), valid: null },
      ...results.map(result => sliceRun(result.run, from, to)),
      { kind: 'fixed', width: 1, bytes: nullKeys, valid: null },
    ]
  })
}
