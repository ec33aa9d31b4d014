import type { WindowFeatureData } from '../../../definitions/model.ts'
import type { ColumnRun, Value } from '../../../kernel/values/index.ts'
import { exists, newest, type Scope } from './aggregate.ts'
import { rangeExtremes } from './range-extremes.ts'
import { type ResultColumn, valueResult } from './results.ts'
import { visibleExtremes } from './visibility.ts'

/** min, max, first and last: finds the row, then takes its value (−0 as +0). */
export function aggregateExtreme(feature: WindowFeatureData, scope: Scope): ResultColumn {
  const column = feature.column ?? ''
  const find = finder(feature, scope)
  const { code } = scope.ranges
  const found = new Int32Array(code.length)
  for (let query = 0; query < code.length; query++) found[query] = (code[query] ?? -1) < 0 ? -1 : find(query)
  return pick(scope, column, found)
}

type Find = (query: number) => number

function finder(feature: WindowFeatureData, scope: Scope): Find {
  if (feature.op === 'last') return query => newest(scope, query)
  if (feature.op === 'first') return query => oldest(scope, query)
  const greatest = feature.op === 'max'
  const ranks = scope.grouped.ranks(feature.column ?? '')
  return scope.ranges.cutoff === null ? indexed(scope, ranks, greatest) : visible(scope, ranks, greatest)
}

function oldest(scope: Scope, query: number): number {
  const { ranges, mask } = scope
  const high = ranges.to[query] ?? 0
  for (let at = ranges.from[query] ?? 0; at < high; at++) {
    if ((mask === null || mask[at] === 1) && exists(scope, query, at)) return at
  }
  return -1
}

function indexed({ ranges, mask }: Scope, ranks: Float64Array, greatest: boolean): Find {
  const extremes = rangeExtremes(ranks, mask, greatest)
  return query => extremes(ranges.from[query] ?? 0, ranges.to[query] ?? 0)
}

function visible(scope: Scope, ranks: Float64Array, greatest: boolean): Find {
  const found = visibleExtremes(scope, scope.ranges.visibility(), { ranks, greatest })
  return query => found[query] ?? -1
}

/** The column's value at each position; null for −1. */
function pick({ grouped }: Scope, column: string, found: Int32Array): ResultColumn {
  const source = grouped.events.columns.get(column)
  const { order } = grouped.grouping
  if (source?.values instanceof Float64Array) {
    const picked = new Float64Array(found.length)
    for (let query = 0; query < found.length; query++)
      picked[query] = (source.values[order[found[query] ?? -1] ?? -1] ?? 0) + 0
    return { run: fixedRun(picked.buffer, found), reasons: new Map() }
  }
  if (source?.values instanceof BigInt64Array) {
    const picked = new BigInt64Array(found.length)
    for (let query = 0; query < found.length; query++)
      picked[query] = source.values[order[found[query] ?? -1] ?? -1] ?? 0n
    return { run: fixedRun(picked.buffer, found), reasons: new Map() }
  }
  return valueResult(
    Array.from(found, (at): Value => (at < 0 ? null : positiveZero(grouped.value(column, at)))),
  )
}

/** −0 counts as +0 in every operator. */
export function positiveZero(value: Value): Value {
  return Object.is(value, -0) ? 0 : value
}

function fixedRun(buffer: ArrayBufferLike, found: Int32Array): ColumnRun {
  return {
    kind: 'fixed',
    width: 8,
    bytes: new Uint8Array(buffer),
    valid: Uint8Array.from(found, at => (at < 0 ? 0 : 1)),
  }
}
