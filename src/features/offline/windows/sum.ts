import type { WindowFeatureData } from '../../../definitions/model.ts'
import type { Value } from '../../../kernel/values/index.ts'
import { prefixCounts, type Scope } from './aggregate.ts'
import { type ExactColumn, exactQuotient, specialSum, wholeOf } from './exact-column.ts'
import {
  floatResult,
  integerResult,
  type ResultColumn,
  type UndefinedReason,
  valueResult,
} from './results.ts'
import { visibleTotals } from './visibility.ts'

/** What a window holds of an exact column. */
interface Total {
  count: number
  units: number | bigint
  nan: number
  plus: number
  minus: number
}

type Totals = (query: number, total: Total) => void

/** sum and mean: exact sums as differences of running sums where every row inside exists, else of what is visible. */
export function aggregateSum(feature: WindowFeatureData, scope: Scope): ResultColumn {
  const exact = scope.grouped.exact(feature.column ?? '')
  const totals = scope.ranges.cutoff === null ? runningTotals(exact, scope) : totalsVisible(exact, scope)
  const type = scope.grouped.events.columns.get(feature.column ?? '')?.type ?? 'int64'
  if (feature.op === 'mean')
    return floats(scope, totals, total => quotient(total, exact.denominator * BigInt(total.count)))
  if (type === 'float64' || type === 'float32')
    return floats(scope, totals, total => quotient(total, exact.denominator))
  return integers(scope, totals, { type, small: exact.parts.length === 1 })
}

function quotient(total: Total, denominator: bigint): number {
  return specialSum(total.nan, total.plus, total.minus) ?? exactQuotient(total.units, denominator)
}

const empty = (): Total => ({ count: 0, units: 0, nan: 0, plus: 0, minus: 0 })

function floats({ ranges }: Scope, totals: Totals, finish: (total: Total) => number): ResultColumn {
  const values = new Float64Array(ranges.code.length)
  const valid = new Uint8Array(ranges.code.length)
  const total = empty()
  for (let query = 0; query < values.length; query++) {
    if ((ranges.code[query] ?? -1) < 0) continue
    totals(query, total)
    if (total.count === 0) continue
    values[query] = finish(total)
    valid[query] = 1
  }
  return floatResult(values, valid)
}

interface IntegerKind {
  readonly type: string
  readonly small: boolean
}

function integers({ ranges }: Scope, totals: Totals, { type, small }: IntegerKind): ResultColumn {
  const total = empty()
  if (type === 'int64' && small) {
    const values = new Float64Array(ranges.code.length).fill(Number.NaN)
    for (let query = 0; query < values.length; query++) {
      if ((ranges.code[query] ?? -1) < 0) continue
      totals(query, total)
      if (total.count > 0) values[query] = total.units as number
    }
    return integerResult(values)
  }
  const reasons = new Map<number, UndefinedReason>()
  const limit = type === 'int64' ? 2n ** 63n : 10n ** 38n
  const values: Value[] = Array.from(ranges.code, (code, query) => {
    if (code < 0) return null
    totals(query, total)
    if (total.count === 0) return null
    const units = BigInt(total.units)
    if (units < limit && units > -limit) return units
    if (type === 'int64' && units === -limit) return units
    reasons.set(query, 'overflow')
    return null
  })
  return valueResult(values, reasons)
}

function runningTotals(exact: ExactColumn, { ranges, mask }: Scope): Totals {
  const { from, to } = ranges
  const counts = mask && prefixCounts(mask)
  const parts = exact.parts.map(part => runningSums(part, mask))
  const specials = specialChannels(exact).map(channel => runningSums(channel, mask))
  const difference = (sums: Float64Array | undefined, low: number, high: number): number =>
    sums ? (sums[high] ?? 0) - (sums[low] ?? 0) : 0
  return (query, total) => {
    const low = from[query] ?? 0
    const high = Math.max(to[query] ?? 0, low)
    total.count = counts ? (counts[high] ?? 0) - (counts[low] ?? 0) : high - low
    total.units =
      parts.length === 1
        ? difference(parts[0], low, high)
        : wholeOf(parts.map(sums => difference(sums, low, high)))
    total.nan = difference(specials[0], low, high)
    total.plus = difference(specials[1], low, high)
    total.minus = difference(specials[2], low, high)
  }
}

function runningSums(values: Float64Array, mask: Uint8Array | null): Float64Array {
  const sums = new Float64Array(values.length + 1)
  let sum = 0
  for (let at = 0; at < values.length; at++) {
    if (mask === null || mask[at] === 1) sum += values[at] ?? 0
    sums[at + 1] = sum
  }
  return sums
}

/** Where NaN, +Infinity and −Infinity stand, as ones; none if there are no such values. */
function specialChannels({ special }: ExactColumn): Float64Array[] {
  if (special === null) return []
  return [1, 2, 3].map(kind => Float64Array.from(special, found => (found === kind ? 1 : 0)))
}

function totalsVisible(exact: ExactColumn, scope: Scope): Totals {
  const ones = new Float64Array(scope.grouped.grouping.order.length).fill(1)
  const channels = [ones, ...exact.parts, ...specialChannels(exact)]
  const [counts, ...found] = visibleTotals(scope, scope.ranges.visibility(), channels)
  const parts = found.slice(0, exact.parts.length)
  const [nan, plus, minus] = found.slice(exact.parts.length)
  return (query, total) => {
    total.count = counts?.[query] ?? 0
    total.units = wholeOf(parts.map(part => part[query] ?? 0))
    total.nan = nan?.[query] ?? 0
    total.plus = plus?.[query] ?? 0
    total.minus = minus?.[query] ?? 0
  }
}
