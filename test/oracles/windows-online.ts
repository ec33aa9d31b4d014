import type { WindowFeatureData } from '../../src/definitions/model.ts'
import { parseDuration } from '../../src/kernel/time.ts'
import type { Value } from '../../src/kernel/values/index.ts'

/** One event of one key; `order` breaks ties of event and known time. */
export interface NaiveEvent {
  readonly event: bigint
  readonly known: bigint
  /** Known time of the version that stands in its place. */
  readonly until: bigint | null
  readonly order: number
  readonly row: Readonly<Record<string, Value>>
}

/** features.md §4 as a loop over all events, written without looking at the implementation. */
export function naiveWindow(
  feature: WindowFeatureData,
  columns: readonly { readonly name: string; readonly type: string }[],
  events: readonly NaiveEvent[],
  { q, latest }: { readonly q: bigint; readonly latest: boolean },
): Value {
  const left =
    feature.window === 'all' ? null : floor(q - parseDuration(feature.window), parseDuration(feature.hop))
  const counted = events
    .filter(each => latest || (each.known <= q && (each.until === null || q < each.until)))
    .filter(each => each.event < q && (left === null || each.event >= left))
    .filter(
      each => feature.where === undefined || satisfies(each.row[feature.where.column] ?? null, feature.where),
    )
    .filter(each => feature.column === undefined || each.row[feature.column] !== null)
    .sort((a, b) => sign(a.event - b.event) || sign(a.known - b.known) || a.order - b.order)
  const values = counted.map(each => plus(each.row[feature.column ?? ''] ?? null))
  const type = columns.find(column => column.name === feature.column)?.type ?? ''
  const empty = emptyResult(feature.op)
  if (feature.op === 'count') return BigInt(counted.length)
  if (values.length === 0) return empty
  if (feature.op === 'since_last') return Number(q - (counted.at(-1)?.event ?? 0n)) / 1_000_000
  if (empty !== null || feature.op === 'mode') return ofValues(feature, type, values)
  if (feature.op === 'any') return values.some(value => value === true)
  if (feature.op === 'all') return values.every(value => value === true)
  if (feature.op.endsWith('quantile')) return quantile(type, feature.p ?? 0, values)
  if (feature.op.startsWith('var') || feature.op.startsWith('stddev')) return spread(feature.op, type, values)
  if (feature.op === 'first') return values[0] ?? null
  if (feature.op === 'last') return values.at(-1) ?? null
  if (feature.op === 'min') return values.reduce((a, b) => (compare(type, b, a) < 0 ? b : a))
  if (feature.op === 'max') return values.reduce((a, b) => (compare(type, b, a) > 0 ? b : a))
  return total(feature.op, type, values)
}

function emptyResult(op: string): Value {
  if (op.includes('count')) return 0n
  if (op.endsWith('_k')) return []
  return op === 'histogram' ? new Map() : null
}

/** Operators that list or count values. */
function ofValues(feature: WindowFeatureData, type: string, values: readonly Value[]): Value {
  const { op, k = 0, limit = 100 } = feature
  if (op === 'first_k') return values.slice(0, k)
  if (op === 'last_k') return [...values].reverse().slice(0, k)
  const sorted = [...values].sort((a, b) => compare(type, a, b))
  if (op === 'bottom_k') return sorted.slice(0, k)
  if (op === 'top_k') return sorted.reverse().slice(0, k)
  const distinct = sorted.filter((value, i) => i === 0 || compare(type, value, sorted[i - 1] ?? null) !== 0)
  const times = (value: Value): number => sorted.filter(each => compare(type, each, value) === 0).length
  if (op.endsWith('distinct')) return BigInt(distinct.length)
  if (op === 'histogram')
    return distinct.length > limit
      ? null
      : new Map(distinct.map(value => [`${value}`, BigInt(times(value))] as const))
  const most = Math.max(...distinct.map(times))
  return distinct.find(value => times(value) === most) ?? null
}

function scaleOf(type: string): bigint {
  return type.startsWith('decimal') ? 100n : 1n
}

function quantile(type: string, p: number, values: readonly Value[]): number {
  const sorted = [...values].sort((a, b) => compare(type, a, b))
  const h = (sorted.length - 1) * p
  const [low, high] = [sorted[Math.floor(h)] ?? 0, sorted[Math.ceil(h)] ?? 0] as (bigint | number)[]
  const part = h - Math.floor(h)
  const finite = [low, high].every(value => typeof value === 'bigint' || Number.isFinite(value))
  if (part === 0 || low === high || Object.is(low, high) || !finite) {
    const [a, b] = [low, high].map(value =>
      typeof value === 'bigint' ? nearest(value, scaleOf(type)) : Number(value),
    ) as [number, number]
    return part === 0 || Object.is(a, b) ? a : a + (b - a) * part
  }
  const one = 2n ** 1074n
  const [a, b] = [low, high].map(value =>
    typeof value === 'bigint' ? value * one : units(Number(value)),
  ) as [bigint, bigint]
  return nearest(a * one + (b - a) * units(part), one * one * scaleOf(type))
}

/** Variance by its definition, in whole numbers: Σ (n·x − Σx)² / n² / (n or n − 1). */
function spread(op: string, type: string, values: readonly Value[]): Value {
  const n = BigInt(values.length)
  const divisor = op.endsWith('samp') ? n - 1n : n
  if (divisor === 0n) return null
  if (values.some(value => typeof value === 'number' && !Number.isFinite(value))) return Number.NaN
  const one = 2n ** 1074n
  const exact = values.map(value => (typeof value === 'bigint' ? value * one : units(value as number)))
  const sum = exact.reduce((a, b) => a + b, 0n)
  const squares = exact.reduce((a, b) => a + (n * b - sum) ** 2n, 0n)
  const variance = nearest(squares, n * n * divisor * one * one * scaleOf(type) ** 2n)
  return op.startsWith('var') ? variance : Math.sqrt(variance)
}

function total(op: string, type: string, values: readonly Value[]): Value {
  if (type.startsWith('float')) {
    const numbers = values as readonly number[]
    const odd = numbers.filter(number => !Number.isFinite(number))
    if (odd.length > 0) return odd.reduce((a, b) => a + b)
    const sum = numbers.reduce((a, b) => a + units(b), 0n)
    return nearest(sum, op === 'mean' ? BigInt(values.length) * 2n ** 1074n : 2n ** 1074n)
  }
  const sum = (values as readonly bigint[]).reduce((a, b) => a + b, 0n)
  if (op === 'mean') return nearest(sum, BigInt(values.length) * (type.startsWith('decimal') ? 100n : 1n))
  return type === 'int64' && (sum >= 2n ** 63n || sum < -(2n ** 63n)) ? null : sum
}

const cell = new DataView(new ArrayBuffer(8))

/** value · 2¹⁰⁷⁴ */
function units(value: number): bigint {
  let [scaled, power] = [Math.abs(value), 0]
  while (scaled !== 0 && !Number.isInteger(scaled)) {
    scaled *= 2
    power += 1
  }
  return (value < 0 ? -1n : 1n) * BigInt(scaled) * 2n ** BigInt(1074 - power)
}

function double(bits: bigint): number {
  cell.setBigUint64(0, bits)
  return cell.getFloat64(0)
}

/** The nearest double by bisection over all doubles, ties to the even one. */
function nearest(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0
  if (numerator < 0n) return -nearest(-numerator, denominator)
  const target = numerator * 2n ** 1074n
  const at = (bits: bigint): bigint =>
    (bits >= 0x7ff0000000000000n ? 2n ** 2098n : units(double(bits))) * denominator
  let [low, high] = [0n, 0x7ff0000000000000n]
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (at(middle) <= target) low = middle
    else high = middle
  }
  const [below, above] = [target - at(low), at(high) - target]
  if (below === above) return double(low % 2n === 0n ? low : high)
  return double(below < above ? low : high)
}

function satisfies(value: Value, where: NonNullable<WindowFeatureData['where']>): boolean {
  if (value === null) return where.op === 'is_null'
  if (typeof where.value === 'object') return where.value.some(each => each === value)
  if (typeof value === 'number' && Number.isNaN(value))
    return where.op === 'gt' || where.op === 'ge' || where.op === 'ne'
  const difference = compare(
    typeof value === 'bigint' ? 'int64' : typeof value === 'number' ? 'float64' : 'string',
    value,
    typeof value === 'bigint' ? BigInt(where.value as number) : where.value,
  )
  return {
    eq: difference === 0,
    ne: difference !== 0,
    lt: difference < 0,
    le: difference <= 0,
    gt: difference > 0,
    ge: difference >= 0,
    in: false,
    is_null: false,
    is_not_null: true,
  }[where.op]
}

function compare(type: string, a: Value, b: Value): number {
  if (type === 'string') return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string))
  if (type.startsWith('list')) return compareLists(a as readonly bigint[], b as readonly bigint[])
  if (type.startsWith('float')) {
    const [x, y] = [a as number, b as number]
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y))
    return (plus(x) as number) < (plus(y) as number) ? -1 : Number((plus(x) as number) > (plus(y) as number))
  }
  return sign(BigInt(a as bigint) - BigInt(b as bigint))
}

function compareLists(a: readonly bigint[], b: readonly bigint[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = sign((a[i] ?? 0n) - (b[i] ?? 0n))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const sign = (value: bigint): number => (value < 0n ? -1 : Number(value > 0n))
const plus = (value: Value): Value => (value === 0 ? 0 : value)

function floor(at: bigint, hop: bigint): bigint {
  let edge = (at / hop) * hop
  if (edge > at) edge -= hop
  return edge
}
