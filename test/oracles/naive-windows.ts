import type { PredicateData, SourceData, WindowFeatureData } from '../../src/definitions/model.ts'
import { parseDuration } from '../../src/kernel/time.ts'
import { type Value, valueOrder } from '../../src/kernel/values/index.ts'

export interface NaiveWindow {
  readonly source: SourceData
  readonly rows: readonly (readonly Value[])[]
  readonly keys: readonly string[]
  readonly feature: WindowFeatureData
}

/** One query against all rows: features.md §4 for every operator over whole numbers, floats where it says so. */
export function naiveWindow(
  { source, rows, keys, feature }: NaiveWindow,
  key: readonly Value[],
  q: bigint,
): Value {
  const at = (row: readonly Value[], name: string): Value =>
    row[source.columns.findIndex(column => column.name === name)] ?? null
  const event = (row: readonly Value[]): bigint => at(row, source.eventTime ?? '') as bigint
  const known = (row: readonly Value[]): Value =>
    source.knownAt.kind === 'column' ? at(row, source.knownAt.column) : afterDelay(source, event(row))
  const order = [...rows].sort(
    (left, right) =>
      [event, known].reduce((found, by) => found || valueOrder('timestamp')(by(left), by(right)), 0) ||
      rowOrder(source, left, right),
  )
  const left = feature.window === 'all' ? null : q - parseDuration(feature.window)
  const hop = parseDuration(feature.hop)
  const edge = left === null ? null : left - (((left % hop) + hop) % hop)
  // A row without a key or an event time is skipped: it is no version of an event either.
  const facts = rows.filter(row => event(row) !== null && keys.every(name => at(row, name) !== null))
  const inside = order.filter(row => {
    const k = known(row)
    if (
      event(row) === null ||
      k === null ||
      key.includes(null) ||
      keys.some((name, index) => at(row, name) !== key[index])
    )
      return false
    if (source.eventId && newerVersion({ source, rows: facts, row, q, known, at })) return false
    return event(row) < q && (k as bigint) <= q && (edge === null || event(row) >= edge)
  })
  if (feature.op === 'since_last') {
    const newest = inside.at(-1)
    return newest ? Number(q - event(newest)) / 1e6 : null
  }
  if (feature.column === undefined) return BigInt(inside.length)
  const counted = inside.filter(
    row => !feature.where || naiveHolds(feature.where, at(row, feature.where.column)),
  )
  return naiveReduce(
    feature,
    counted.map(row => at(row, feature.column ?? '')).filter(value => value !== null),
  )
}

function afterDelay({ knownAt }: SourceData, time: bigint | null): Value {
  return time === null || knownAt.kind !== 'delay' ? time : time + parseDuration(knownAt.delay)
}

function naiveHolds({ op, value }: PredicateData, found: Value): boolean {
  if (op === 'is_null' || op === 'is_not_null') return (found === null) === (op === 'is_null')
  if (found === null) return false
  return op === 'ge' ? Number(found) >= Number(value) : Number(found) === Number(value)
}

/** Operators over the values of a window, oldest first; whole numbers but for any and all. */
function naiveReduce({ op, k = 1, p = 0.5 }: WindowFeatureData, values: readonly Value[]): Value {
  const numbers = values.map(Number)
  const sorted = [...values].sort((left, right) => Number(left) - Number(right))
  const distinct = [...new Set(sorted)]
  const times = (value: Value): number => values.filter(each => each === value).length
  const none = values.length === 0
  const mean = numbers.reduce((total, value) => total + value, 0) / numbers.length
  const squares = numbers.reduce((total, value) => total + (value - mean) ** 2, 0)
  switch (op) {
    case 'count':
      return BigInt(values.length)
    case 'count_distinct':
    case 'approx_count_distinct':
      return BigInt(distinct.length)
    case 'sum':
      return none ? null : (values as bigint[]).reduce((total, value) => total + value, 0n)
    case 'mean':
      return none ? null : mean
    case 'min':
      return sorted[0] ?? null
    case 'max':
      return sorted.at(-1) ?? null
    case 'first':
      return values[0] ?? null
    case 'last':
      return values.at(-1) ?? null
    case 'first_k':
      return values.slice(0, k)
    case 'last_k':
      return [...values].reverse().slice(0, k)
    case 'bottom_k':
      return sorted.slice(0, k)
    case 'top_k':
      return sorted.reverse().slice(0, k)
    case 'mode':
      return (
        distinct.sort((left, right) => times(right) - times(left) || Number(left) - Number(right))[0] ?? null
      )
    case 'histogram':
      return new Map(distinct.map(value => [String(value), BigInt(times(value))]))
    case 'quantile':
    case 'approx_quantile': {
      const h = (numbers.length - 1) * p
      const [low, high] = [Number(sorted[Math.floor(h)]), Number(sorted[Math.ceil(h)])]
      return none ? null : low + (high - low) * (h - Math.floor(h))
    }
    case 'any':
      return none ? null : values.includes(true)
    case 'all':
      return none ? null : !values.includes(false)
    case 'var_pop':
    case 'stddev_pop':
      return none ? null : rooted(op, squares / numbers.length)
    case 'var_samp':
    case 'stddev_samp':
      return numbers.length < 2 ? null : rooted(op, squares / (numbers.length - 1))
    default:
      throw new RangeError(op)
  }
}

function rooted(op: string, variance: number): number {
  return op.startsWith('stddev') ? Math.sqrt(variance) : variance
}

function rowOrder(source: SourceData, left: readonly Value[], right: readonly Value[]): number {
  return source.columns.reduce(
    (found, column, index) => found || valueOrder(column.type)(left[index] ?? null, right[index] ?? null),
    0,
  )
}

interface Versions {
  readonly source: SourceData
  readonly rows: readonly (readonly Value[])[]
  readonly row: readonly Value[]
  readonly q: bigint
  readonly known: (row: readonly Value[]) => Value
  readonly at: (row: readonly Value[], name: string) => Value
}

/** True if another version of the row's event, known by q, is greater by (known, row). */
function newerVersion({ source, rows, row, q, known, at }: Versions): boolean {
  const identity = at(row, source.eventId ?? '')
  if (identity === null) return false
  return rows.some(other => {
    const k = known(other)
    if (at(other, source.eventId ?? '') !== identity || k === null || (k as bigint) > q) return false
    return (valueOrder('timestamp')(k, known(row)) || rowOrder(source, other, row)) > 0
  })
}
