import type { WindowFeatureData } from '../../../definitions/model.ts'
import { bitLength, decompose, ratioToNumber } from '../../../kernel/exact-numbers.ts'
import { parseType, type Value, valueOrder } from '../../../kernel/values/index.ts'
import type { UndefinedReason } from './results.ts'

/** A value, or why it is null. */
export type Reduced = { readonly value: Value; readonly reason?: UndefinedReason }
export type Reduce = (values: readonly Value[]) => Reduced

/**
 * The rule of one operator over the non-null values of a window, oldest first (features.md §4). `type` is the column's.
 * These are the general forms; counts, sums and extremes of large windows have faster ones beside.
 */
export function reducer(feature: WindowFeatureData, type: string): Reduce {
  const simple =
    (compute: (values: readonly Value[]) => Value): Reduce =>
    values => ({ value: compute(values) })
  const order = valueOrder(type)
  switch (feature.op) {
    case 'count':
      return simple(values => BigInt(values.length))
    case 'count_distinct':
    case 'approx_count_distinct':
      return simple(values => BigInt(runs(sorted(values, type)).length))
    case 'first':
      return simple(values => values[0] ?? null)
    case 'last':
      return simple(values => values.at(-1) ?? null)
    case 'first_k':
      return simple(values => values.slice(0, feature.k))
    case 'last_k':
      return simple(values => values.slice(-(feature.k ?? 1)).reverse())
    case 'min':
      return simple(values => sorted(values, type)[0] ?? null)
    case 'max':
      return simple(values => sorted(values, type).at(-1) ?? null)
    case 'bottom_k':
      return simple(values => sorted(values, type).slice(0, feature.k))
    case 'top_k':
      return simple(values => sorted(values, type).reverse().slice(0, feature.k))
    case 'mode':
      return simple(
        values =>
          runs(sorted(values, type)).reduce<Run | undefined>(
            (best, run) => (best && best.count >= run.count ? best : run),
            undefined,
          )?.value ?? null,
      )
    case 'histogram':
      return values => histogram(runs([...values].sort(order)), feature.limit ?? 100)
    case 'any':
      return simple(values => (values.length === 0 ? null : values.includes(true)))
    case 'all':
      return simple(values => (values.length === 0 ? null : !values.includes(false)))
    case 'quantile':
    case 'approx_quantile':
      return simple(values => quantile(sorted(values, type), feature.p ?? 0.5, scaleOf(type)))
    case 'sum':
      return values => sum(values, type)
    case 'mean':
      return simple(values => (values.length === 0 ? null : momentsOf(values, type).mean))
    case 'var_pop':
    case 'var_samp':
    case 'stddev_pop':
    case 'stddev_samp':
      return simple(values => spread(values, type, feature.op))
    default:
      return simple(() => null)
  }
}

/** −0 counts as +0 in every operator. */
function unsigned(value: Value): Value {
  return Object.is(value, -0) ? 0 : value
}

function sorted(values: readonly Value[], type: string): Value[] {
  return values.map(unsigned).sort(valueOrder(type))
}

interface Run {
  readonly value: Value
  readonly count: number
}

function runs(values: readonly Value[]): Run[] {
  const found: { value: Value; count: number }[] = []
  for (const value of values) {
    const last = found.at(-1)
    if (last && same(last.value, value)) last.count += 1
    else found.push({ value, count: 1 })
  }
  return found
}

function same(left: Value, right: Value): boolean {
  return (
    Object.is(left, right) ||
    (left instanceof Uint8Array && right instanceof Uint8Array && Buffer.compare(left, right) === 0)
  )
}

function histogram(found: readonly Run[], limit: number): Reduced {
  if (found.length > limit) return { value: null, reason: 'limit' }
  return { value: new Map(found.map(run => [String(run.value), BigInt(run.count)])) }
}

function scaleOf(type: string): number {
  const node = parseType(type)
  return node.kind === 'decimal' ? node.scale : 0
}

/** A finite number as numerator / denominator. */
interface Ratio {
  readonly numerator: bigint
  readonly denominator: bigint
}

function ratio(value: Value, scale: number): Ratio {
  if (typeof value === 'bigint') return { numerator: value, denominator: 10n ** BigInt(scale) }
  const { mantissa, exponent } = decompose(Number(value))
  if (exponent >= 0) return { numerator: mantissa << BigInt(exponent), denominator: 1n }
  return { numerator: mantissa, denominator: 1n << BigInt(-exponent) }
}

function quantile(values: readonly Value[], p: number, scale: number): number | null {
  if (values.length === 0) return null
  const h = (values.length - 1) * p
  const [low = null, high = null] = [values[Math.floor(h)], values[Math.ceil(h)]]
  if (low === high || Object.is(low, high)) return asNumber(low, scale)
  if (!Number.isFinite(Number(low)) || !Number.isFinite(Number(high))) {
    return asNumber(low, scale) + (asNumber(high, scale) - asNumber(low, scale)) * (h - Math.floor(h))
  }
  const [a, b, f] = [ratio(low, scale), ratio(high, scale), ratio(h - Math.floor(h), 0)]
  const difference = b.numerator * a.denominator - a.numerator * b.denominator
  const denominator = a.denominator * b.denominator * f.denominator
  return ratioToNumber(a.numerator * b.denominator * f.denominator + difference * f.numerator, denominator)
}

function asNumber(value: Value, scale: number): number {
  if (typeof value === 'number') return value
  const { numerator, denominator } = ratio(value, scale)
  return ratioToNumber(numerator, denominator)
}

interface Moments {
  /** Sum over a common denominator; undefined where a value is not finite. */
  readonly sum: Ratio | undefined
  readonly mean: number
  readonly special: number | undefined
}

function momentsOf(values: readonly Value[], type: string): Moments {
  const special = specialOf(values)
  if (special !== undefined) return { sum: undefined, mean: special, special }
  const total = totalOf(values, scaleOf(type))
  return {
    sum: total,
    mean: ratioToNumber(total.numerator, total.denominator * BigInt(values.length)),
    special,
  }
}

function specialOf(values: readonly Value[]): number | undefined {
  let total: number | undefined
  for (const value of values)
    if (typeof value === 'number' && !Number.isFinite(value)) total = (total ?? 0) + value
  return total
}

/** The exact sum over the largest power of two, or of ten, among the denominators. */
function totalOf(values: readonly Value[], scale: number): Ratio {
  const parts = values.map(value => ratio(value, scale))
  const denominator = parts.reduce((most, part) => (part.denominator > most ? part.denominator : most), 1n)
  return {
    numerator: parts.reduce((total, part) => total + part.numerator * (denominator / part.denominator), 0n),
    denominator,
  }
}

function sum(values: readonly Value[], type: string): Reduced {
  if (values.length === 0) return { value: null }
  if (type === 'int64' || type.startsWith('decimal')) {
    const total = (values as readonly bigint[]).reduce((left, right) => left + right, 0n)
    const fits =
      type === 'int64'
        ? BigInt.asIntN(64, total) === total
        : bitLength(total < 0n ? -total : total) < 127 && (total < 0n ? -total : total) < 10n ** 38n
    return fits ? { value: total } : { value: null, reason: 'overflow' }
  }
  const { sum: total, special } = momentsOf(values, type)
  return { value: total ? ratioToNumber(total.numerator, total.denominator) : (special ?? Number.NaN) }
}

/** Variance as an exact ratio: (n Σx² − (Σx)²) / n (n − ddof), rounded once; the deviation is its square root. */
function spread(values: readonly Value[], type: string, op: WindowFeatureData['op']): number | null {
  const n = BigInt(values.length)
  const less = op.endsWith('_samp') ? 1n : 0n
  if (n === 0n || n - less <= 0n) return null
  if (specialOf(values) !== undefined) return Number.NaN
  const { numerator: total, denominator } = totalOf(values, scaleOf(type))
  const squares = values.reduce<bigint>((sumOfSquares, value) => {
    const part = ratio(value, scaleOf(type))
    return sumOfSquares + (part.numerator * (denominator / part.denominator)) ** 2n
  }, 0n)
  const variance = ratioToNumber(n * squares - total * total, n * (n - less) * denominator * denominator)
  return op.startsWith('stddev') ? Math.sqrt(variance) : variance
}
