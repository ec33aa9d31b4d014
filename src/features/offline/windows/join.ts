import type {
  FeatureViewData,
  PredicateData,
  SourceData,
  WindowFeatureData,
} from '../../../definitions/model.ts'
import type { ColumnRun, Field } from '../../../kernel/values/index.ts'
import { candidates, type JoinTimes, type SpineRelation } from '../as-of.ts'
import { isWindow, type ResolvedLookup } from '../lookups.ts'
import { versionOrder } from '../order.ts'
import { type OfflineSession, sourceRelation } from '../ports.ts'
import { all, id } from '../sql-text.ts'
import { aggregate, type WindowRanges } from './aggregate.ts'
import { earlier, leftEdges, shifted, type WindowSpan, windowSpan } from './edges.ts'
import { type Events, type Grouping, groupByCode, lowerBounds, type Times } from './events.ts'
import { type GroupedEvents, groupEvents } from './grouped.ts'
import { loadEvents } from './load.ts'
import type { ResultColumn } from './results.ts'

/** A window aggregation asked of one lookup; spans of features are [q − window, q). */
export interface WindowQuery {
  readonly feature: WindowFeatureData
  /** Relative to the query time: the window's edges and by when a row must be known. Default: from the feature. */
  readonly span?: {
    readonly from: bigint
    readonly to: bigint
    readonly known: bigint | 'latest' | { readonly by: bigint }
  }
}

/** Loads each source's events once for all lookups that read it. */
export interface EventCache {
  get(source: SourceData, knownTime: 'cutoff' | 'latest'): Promise<Events>
}

/** Collects what all features of a source need, so that one scan serves them. */
export function eventCache(
  session: OfflineSession,
  wanted: readonly { readonly source: SourceData; readonly features: readonly WindowFeatureData[] }[],
): EventCache {
  const loaded = new Map<string, Promise<Events>>()
  return {
    get(source, knownTime) {
      const key = `${knownTime} ${source.name}`
      const features = wanted.filter(each => each.source.name === source.name).flatMap(each => each.features)
      const columns = new Set(
        features.flatMap(feature => (feature.column === undefined ? [] : [feature.column])),
      )
      const predicates = new Map<string, PredicateData>()
      for (const { where } of features) if (where) predicates.set(JSON.stringify(where), where)
      const events =
        loaded.get(key) ??
        loadEvents(session, {
          source,
          columns: [...columns],
          predicates: [...predicates.values()],
          knownTime,
        })
      loaded.set(key, events)
      return events
    },
  }
}

export interface WindowJoin {
  readonly session: OfflineSession
  readonly spine: SpineRelation
  readonly times: JoinTimes
  readonly cache: EventCache
}

/** Results of one lookup's window features in spine order, and which spine rows have a null key. */
export interface WindowColumns {
  readonly columns: readonly ResultColumn[]
  readonly nullKeys: Uint8Array
}

/** Computes the window features of one lookup (features.md §4) for every spine row. */
export async function windowColumns(
  join: WindowJoin,
  resolved: ResolvedLookup,
  label?: WindowQuery,
): Promise<WindowColumns> {
  const { view, source } = resolved
  const events = await join.cache.get(source, view.knownTime)
  const { code, time, keys } = await queryCodes(join, resolved, events.event instanceof Float64Array)
  const grouping = groupByCode(await eventCodes(join, resolved, { events, keys }), keys)
  const grouped = groupEvents(events, grouping)
  const ranges = rangeCache(grouped, { code, time })
  const queries: readonly WindowQuery[] = label
    ? [label]
    : resolved.features
        .map(({ feature }) => feature)
        .filter(isWindow)
        .map(feature => ({ feature }))
  const columns = queries.map(query => aggregate(query.feature, grouped, ranges(query)))
  return { columns, nullKeys: Uint8Array.from(code, each => (each < 0 ? 1 : 0)) }
}

interface Queries {
  readonly code: Int32Array
  readonly time: Times
}

/** Numbers the keys of the spine and reads every spine row's key number and time. */
async function queryCodes(
  { session, spine }: WindowJoin,
  { lookup, view }: ResolvedLookup,
  doubles: boolean,
): Promise<Queries & { keys: number }> {
  const names = lookup.keys.map(id)
  const alias = view.keys.map((_, index) => `__key${index}`)
  const present = all(names.map(name => `${name} IS NOT NULL`))
  const table = codeTable(view)
  await session.run(
    `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT (row_number() OVER () - 1)::INTEGER AS __code${alias.map(name => `, ${name}`).join('')} FROM (SELECT DISTINCT ${names.length === 0 ? '0 AS none' : names.map((name, index) => `${name} AS ${alias[index]}`).join(', ')} FROM ${id(spine.relation)} WHERE ${present})`,
  )
  const code = new Int32Array(spine.rows).fill(-1)
  const time = doubles ? new Float64Array(spine.rows) : new BigInt64Array(spine.rows)
  const on = all(names.map((name, index) => `s.${name} = c.${alias[index]}`))
  const fields: Field[] = [
    { name: 'n', type: 'int64' },
    { name: 't', type: doubles ? 'float64' : 'int64' },
    { name: 'code', type: 'date' },
  ]
  const select = `SELECT s.__n, s.__t${doubles ? '::DOUBLE' : ''}, c.__code FROM ${id(spine.relation)} s LEFT JOIN ${table} c ON ${on}`
  let keys = 0
  for await (const { rows, columns } of session.stream(select, fields)) {
    const [row, at, found] = [numbers(columns[0]), columns[1], columns[2]]
    const times = typed(at, doubles)
    const codes = int32(found)
    for (let index = 0; index < rows; index++) {
      const target = Number(row[index] ?? 0n)
      time[target] = times[index] ?? 0
      if (found?.kind !== 'fixed' || (found.valid !== null && found.valid[index] === 0)) continue
      const each = codes[index] ?? -1
      code[target] = each
      if (each >= keys) keys = each + 1
    }
  }
  return { code, time, keys }
}

function codeTable(view: FeatureViewData): string {
  return id(`keys_${view.name}`)
}

/** Key number of every event row; −1 for rows that no spine row asks for or that can never be seen. */
async function eventCodes(
  { session, times }: WindowJoin,
  { view, source }: ResolvedLookup,
  { events, keys }: { events: Events; keys: number },
): Promise<Int32Array> {
  const codes = new Int32Array(events.rows).fill(-1)
  if (keys === 0) return codes
  const conditions = [candidates(view, times)]
  if (source.deleted !== undefined) conditions.push(`NOT coalesce(${id(source.deleted)}, false)`)
  const relation = id(sourceRelation(source.name))
  const newestOnly = view.knownTime === 'latest' && source.eventId !== undefined
  const newest = `row_number() OVER (PARTITION BY ${id(source.eventId ?? '')} ORDER BY ${versionOrder(source)
    .map(term => term.replace(/ NULLS FIRST$/, ' DESC NULLS LAST'))
    .join(', ')}) = 1`
  const rows = newestOnly
    ? `(SELECT *, __r AS __row_id FROM (SELECT *, rowid AS __r, (${id(source.eventId ?? '')} IS NULL OR ${newest}) AS __newest FROM ${relation}) WHERE __newest)`
    : `(SELECT *, rowid AS __row_id FROM ${relation})`
  const on = all(view.keys.map((key, index) => `e.${id(key)} = c.__key${index}`))
  const select = `SELECT e.__row_id, c.__code FROM ${rows} e JOIN ${codeTable(view)} c ON ${on} WHERE ${all(conditions)}`
  for await (const batch of session.stream(select, [
    { name: 'row', type: 'int64' },
    { name: 'code', type: 'date' },
  ])) {
    const row = numbers(batch.columns[0])
    const code = int32(batch.columns[1])
    for (let index = 0; index < batch.rows; index++) codes[Number(row[index] ?? 0n)] = code[index] ?? -1
  }
  return codes
}

function numbers(run: ColumnRun | undefined): BigInt64Array {
  if (run?.kind !== 'fixed') throw new TypeError('int64 was expected')
  return new BigInt64Array(run.bytes.buffer, run.bytes.byteOffset, run.bytes.length / 8)
}

function typed(run: ColumnRun | undefined, doubles: boolean): Times {
  if (!doubles) return numbers(run)
  if (run?.kind !== 'fixed') throw new TypeError('float64 was expected')
  return new Float64Array(run.bytes.buffer, run.bytes.byteOffset, run.bytes.length / 8)
}

function int32(run: ColumnRun | undefined): Int32Array {
  if (run?.kind !== 'fixed') throw new TypeError('int32 was expected')
  return new Int32Array(run.bytes.buffer, run.bytes.byteOffset, run.bytes.length / 4)
}

/** Positions of window edges, computed once for each distinct edge. */
function rangeCache(grouped: GroupedEvents, queries: Queries): (query: WindowQuery) => WindowRanges {
  const positions = new Map<string, Uint32Array>()
  const { grouping, event } = grouped
  const { code, time } = queries
  const at = (name: string, edge: () => Times): Uint32Array => {
    const found = positions.get(name) ?? lowerBounds(event, grouping, { code, edge: edge() })
    positions.set(name, found)
    return found
  }
  return ({ feature, span }) => {
    const window = span ? undefined : windowSpan(feature.window, feature.hop)
    const from = span
      ? at(`from ${span.from}`, () => shifted(time, span.from))
      : leftPositions(window, { at, grouping, queries })
    const known = span ? span.known : 0n
    const upper = upperEdge(time, {
      to: span?.to ?? 0n,
      known,
      delay: grouped.events.delay,
      exact: grouped.known === null,
    })
    const to = at(
      `to ${span?.to ?? 0n} ${JSON.stringify(known, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`,
      () => upper,
    )
    const filtered = grouped.known !== null || grouped.replaced !== null
    return { time, code, from, to, cutoff: filtered && known !== 'latest' ? cutoffTimes(time, known) : null }
  }
}

interface LeftContext {
  readonly at: (name: string, edge: () => Times) => Uint32Array
  readonly grouping: Grouping
  readonly queries: Queries
}

function leftPositions(window: WindowSpan | undefined, { at, grouping, queries }: LeftContext): Uint32Array {
  const edge = window && leftEdges(queries.time, window)
  if (window && edge) return at(`left ${window.window} ${window.hop}`, () => edge)
  return Uint32Array.from(queries.code, code => (code < 0 ? 0 : (grouping.start[code] ?? 0)))
}

function cutoffTimes(time: Times, known: bigint | { readonly by: bigint }): Times {
  if (typeof known === 'bigint') return shifted(time, known)
  return time.map(() => (time instanceof Float64Array ? Number(known.by) : known.by) as never)
}

/** Where known = e + delay, "known by the cutoff" is only an earlier right edge. */
function upperEdge(
  time: Times,
  {
    to,
    known,
    delay,
    exact,
  }: { to: bigint; known: bigint | 'latest' | { readonly by: bigint }; delay: bigint; exact: boolean },
): Times {
  const edge = shifted(time, to)
  if (!exact || known === 'latest') return edge
  return earlier(edge, shifted(cutoffTimes(time, known), 1n - delay))
}
