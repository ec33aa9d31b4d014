import type { WindowFeatureData } from '../../../definitions/model.ts'
import type { Value } from '../../../kernel/values/index.ts'
import type { Times } from './events.ts'
import { aggregateExtreme, positiveZero } from './extreme.ts'
import type { GroupedEvents } from './grouped.ts'
import { reducer } from './reduce.ts'
import { integerResult, type ResultColumn, type UndefinedReason, valueResult } from './results.ts'
import { aggregateSum } from './sum.ts'
import { type VisibilityOrder, visibleTotals } from './visibility.ts'

/** Where each query's window stands in the grouped events, and by when a row must be known to exist in it. */
export interface WindowRanges {
  readonly time: Times
  readonly code: Int32Array
  /** Positions [from, to) of rows whose event time is inside. */
  readonly from: Uint32Array
  readonly to: Uint32Array
  /** null: every row inside exists. */
  readonly cutoff: Times | null
  /** In which order rows come to be known and replaced, for queries with a cutoff; made once for all features. */
  visibility(): VisibilityOrder
}

/** Computes one window feature for all queries. Queries with code −1 (a null key) give null. */
export function aggregate(
  feature: WindowFeatureData,
  grouped: GroupedEvents,
  ranges: WindowRanges,
): ResultColumn {
  const predicate = feature.where && JSON.stringify(feature.where)
  const mask = grouped.mask(feature.column, predicate)
  const scope: Scope = { grouped, ranges, mask }
  switch (feature.op) {
    case 'count':
      return count(scope)
    case 'sum':
    case 'mean':
      return aggregateSum(feature, scope)
    case 'min':
    case 'max':
    case 'first':
    case 'last':
      return aggregateExtreme(feature, scope)
    case 'since_last':
      return sinceLast(scope)
    default:
      return general(feature, scope)
  }
}

export interface Scope {
  readonly grouped: GroupedEvents
  readonly ranges: WindowRanges
  readonly mask: Uint8Array | null
}

/** True if the row at a position exists for a query: known by its cutoff and not yet replaced. */
export function exists({ grouped, ranges }: Scope, query: number, at: number): boolean {
  const { cutoff } = ranges
  if (cutoff === null) return true
  const limit = cutoff[query] ?? 0
  if (grouped.known !== null && (grouped.known[at] ?? 0) > limit) return false
  return grouped.replaced === null || limit < (grouped.replaced[at] ?? 0)
}

function count(scope: Scope): ResultColumn {
  const { ranges, mask } = scope
  const { code, from, to, cutoff } = ranges
  if (cutoff !== null) return countVisible(scope)
  const before = mask && prefixCounts(mask)
  const counts = new Float64Array(code.length)
  for (let query = 0; query < code.length; query++) {
    const [low, high] = [from[query] ?? 0, to[query] ?? 0]
    if ((code[query] ?? -1) < 0) counts[query] = Number.NaN
    else if (low >= high) continue
    else counts[query] = before === null ? high - low : (before[high] ?? 0) - (before[low] ?? 0)
  }
  return integerResult(counts)
}

function countVisible(scope: Scope): ResultColumn {
  const { grouped, ranges } = scope
  const ones = new Float64Array(grouped.grouping.order.length).fill(1)
  const [counts = new Float64Array(0)] = visibleTotals(scope, ranges.visibility(), [ones])
  for (let query = 0; query < counts.length; query++)
    if ((ranges.code[query] ?? -1) < 0) counts[query] = Number.NaN
  return integerResult(counts)
}

/** `counts[i]`: how many of the first i are set. */
export function prefixCounts(mask: Uint8Array): Uint32Array {
  const counts = new Uint32Array(mask.length + 1)
  for (let at = 0; at < mask.length; at++) counts[at + 1] = (counts[at] ?? 0) + (mask[at] ?? 0)
  return counts
}

/** Position of the newest counted row of a query's window, or −1. */
export function newest(scope: Scope, query: number): number {
  const { ranges, mask } = scope
  const low = ranges.from[query] ?? 0
  for (let at = (ranges.to[query] ?? 0) - 1; at >= low; at--) {
    if ((mask === null || mask[at] === 1) && exists(scope, query, at)) return at
  }
  return -1
}

function sinceLast(scope: Scope): ResultColumn {
  const { grouped, ranges } = scope
  const values: Value[] = Array.from(ranges.code, (code, query) => {
    const at = code < 0 ? -1 : newest(scope, query)
    if (at < 0) return null
    const age = BigInt(ranges.time[query] ?? 0) - BigInt(grouped.event[at] ?? 0)
    return Number(age) / 1e6
  })
  return valueResult(values)
}

/** Any operator: collects the values of each window, oldest first, and applies the operator's rule. */
function general(feature: WindowFeatureData, scope: Scope): ResultColumn {
  const { grouped, ranges, mask } = scope
  const name = feature.column ?? ''
  const reduce = reducer(feature, grouped.events.columns.get(name)?.type ?? 'int64')
  const reasons = new Map<number, UndefinedReason>()
  const values: Value[] = Array.from(ranges.code, (code, query) => {
    if (code < 0) return null
    const found: Value[] = []
    const high = ranges.to[query] ?? 0
    for (let at = ranges.from[query] ?? 0; at < high; at++) {
      if ((mask === null || mask[at] === 1) && exists(scope, query, at))
        found.push(positiveZero(grouped.value(name, at)))
    }
    const { value, reason } = reduce(found)
    if (reason) reasons.set(query, reason)
    return value
  })
  return valueResult(values, reasons)
}
