import type { WindowFeatureData } from '../../../definitions/model.ts'
import type { Value } from '../../../kernel/values/index.ts'
import { exists, prefixCounts, type Scope } from './aggregate.ts'
import { type ExactColumn, exactQuotient, specialSum } from './exact-column.ts'
import {
  floatResult,
  integerResult,
  type ResultColumn,
  type UndefinedReason,
  valueResult,
} from './results.ts'

/** What a window holds of an exact column. */
interface Total {
  count: number
  units: number | bigint
  nan: number
  plus: number
  minus: number
}

type Totals = (query: number, total: Total) => void

/** sum and mean: exact sums as differences of running sums where every row inside exists, else row by row. */
export function aggregateSum(feature: WindowFeatureData, scope: Scope): ResultColumn {
  const exact = scope.grouped.exact(feature.column ?? '')
  const totals = scope.ranges.cutoff === null ? runningTotals(exact, scope) : scannedTotals(exact, scope)
  const type = scope.grouped.events.columns.get(feature.column ?? '')?.type ?? 'int64'
  if (feature.op === 'mean')
    return floats(scope, totals, total => quotient(total, exact.denominator * BigInt(total.count)))
  if (type === 'float64' || type === 'float32')
    return floats(scope, totals, total => quotient(total, exact.denominator))
  return integers(scope, totals, { type, small: exact.units instanceof Float64Array })
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
  const sums =
    exact.units instanceof Float64Array
      ? runningNumbers(exact.units, mask)
      : runningBigints(exact.units, mask)
  const [nan, plus, minus] = [1, 2, 3].map(
    kind =>
      exact.special &&
      prefixCounts(
        exact.special.map((found, at) => (found === kind && (mask === null || mask[at] === 1) ? 1 : 0)),
      ),
  )
  const between = (prefix: Uint32Array | null | undefined, low: number, high: number): number =>
    prefix ? (prefix[high] ?? 0) - (prefix[low] ?? 0) : 0
  return (query, total) => {
    const low = from[query] ?? 0
    const high = Math.max(to[query] ?? 0, low)
    total.count = counts ? between(counts, low, high) : high - low
    total.units = difference(sums, low, high)
    total.nan = between(nan, low, high)
    total.plus = between(plus, low, high)
    total.minus = between(minus, low, high)
  }
}

function difference(sums: Float64Array | readonly bigint[], low: number, high: number): number | bigint {
  if (sums instanceof Float64Array) return (sums[high] ?? 0) - (sums[low] ?? 0)
  return (sums[high] ?? 0n) - (sums[low] ?? 0n)
}

function runningNumbers(units: Float64Array, mask: Uint8Array | null): Float64Array {
  const sums = new Float64Array(units.length + 1)
  for (let at = 0; at < units.length; at++)
    sums[at + 1] = (sums[at] ?? 0) + (mask === null || mask[at] === 1 ? finite(units[at] ?? 0) : 0)
  return sums
}

function finite(value: number): number {
  return value - value === 0 ? value : 0
}

function runningBigints(units: readonly bigint[], mask: Uint8Array | null): bigint[] {
  const sums: bigint[] = [0n]
  let sum = 0n
  for (let at = 0; at < units.length; at++) {
    if (mask === null || mask[at] === 1) sum += units[at] ?? 0n
    sums.push(sum)
  }
  return sums
}

function scannedTotals(exact: ExactColumn, scope: Scope): Totals {
  const { ranges, mask } = scope
  const { units, special } = exact
  return (query, total) => {
    const high = ranges.to[query] ?? 0
    let [count, whole, large] = [0, 0, 0n]
    total.nan = total.plus = total.minus = 0
    for (let at = ranges.from[query] ?? 0; at < high; at++) {
      if ((mask !== null && mask[at] === 0) || !exists(scope, query, at)) continue
      count += 1
      const kind = special?.[at] ?? 0
      if (kind === 1) total.nan += 1
      else if (kind === 2) total.plus += 1
      else if (kind === 3) total.minus += 1
      else if (units instanceof Float64Array) whole += units[at] ?? 0
      else large += units[at] ?? 0n
    }
    total.count = count
    total.units = units instanceof Float64Array ? whole : large
  }
}
