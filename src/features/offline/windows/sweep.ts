import type { WindowFeatureData } from '../../../definitions/model.ts'
import { aggregate, type WindowRanges } from './aggregate.ts'
import { earlier, leftEdges, shifted, type WindowSpan, windowSpan } from './edges.ts'
import { type Grouping, lowerBounds, type Times } from './events.ts'
import type { GroupedEvents } from './grouped.ts'
import type { ResultColumn } from './results.ts'
import { type VisibilityOrder, visibilityOrder } from './visibility.ts'

/** A window aggregation; spans of features are [q − window, q). */
export interface WindowQuery {
  readonly feature: WindowFeatureData
  /** Relative to the query time: the window's edges and by when a row must be known. Default: from the feature. */
  readonly span?: {
    readonly from: bigint
    readonly to: bigint
    readonly known: bigint | { readonly by: bigint }
  }
}

interface Asked {
  readonly code: Int32Array
  readonly time: Times
}

/** Computes window aggregations for all queries over events that are in memory. */
export function sweep(
  grouped: GroupedEvents,
  asked: Asked,
  queries: readonly WindowQuery[],
): readonly ResultColumn[] {
  const ranges = rangeCache(grouped, asked)
  return queries.map(query => aggregate(query.feature, grouped, ranges(query)))
}

/** Positions of window edges, computed once for each distinct edge. */
function rangeCache(grouped: GroupedEvents, queries: Asked): (query: WindowQuery) => WindowRanges {
  const positions = new Map<string, Uint32Array>()
  const orders = new Map<string, VisibilityOrder>()
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
    const compared = grouped.known !== null || grouped.replaced !== null
    const right = { to: span?.to ?? 0n, known, delay: grouped.events.delay, exact: grouped.known === null }
    const name = typeof known === 'bigint' ? `${known}` : `by ${known.by}`
    const to = at(`to ${right.to} ${name}`, () => upperEdge(time, right))
    const cutoff = compared ? cutoffTimes(time, known) : null
    const visibility = (): VisibilityOrder => {
      const found = orders.get(name) ?? visibilityOrder(grouped, code, cutoff ?? time)
      orders.set(name, found)
      return found
    }
    return { time, code, from, to, cutoff, visibility }
  }
}

interface LeftContext {
  readonly at: (name: string, edge: () => Times) => Uint32Array
  readonly grouping: Grouping
  readonly queries: Asked
}

function leftPositions(window: WindowSpan | undefined, { at, grouping, queries }: LeftContext): Uint32Array {
  const edge = window && leftEdges(queries.time, window)
  if (window && edge) return at(`left ${window.window} ${window.hop}`, () => edge)
  return Uint32Array.from(queries.code, code => (code < 0 ? 0 : (grouping.start[code] ?? 0)))
}

function cutoffTimes(time: Times, known: bigint | { readonly by: bigint }): Times {
  if (typeof known === 'bigint') return shifted(time, known)
  if (time instanceof Float64Array) return new Float64Array(time.length).fill(Number(known.by))
  return new BigInt64Array(time.length).fill(known.by)
}

interface RightEdge {
  readonly to: bigint
  readonly known: bigint | { readonly by: bigint }
  readonly delay: bigint
  readonly exact: boolean
}

/** Where known = e + delay, "known by the cutoff" is only an earlier right edge. */
function upperEdge(time: Times, { to, known, delay, exact }: RightEdge): Times {
  const edge = shifted(time, to)
  return exact ? earlier(edge, shifted(cutoffTimes(time, known), 1n - delay)) : edge
}
