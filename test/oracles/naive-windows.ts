import type { SourceData, WindowFeatureData } from '../../src/definitions/model.ts'
import { parseDuration } from '../../src/kernel/time.ts'
import { type Value, valueOrder } from '../../src/kernel/values/index.ts'

export interface NaiveWindow {
  readonly source: SourceData
  readonly rows: readonly (readonly Value[])[]
  readonly keys: readonly string[]
  readonly feature: WindowFeatureData
}

/** One query against all rows: features.md §4 for count, sum, mean, min, max and last over whole numbers. */
export function naiveWindow(
  { source, rows, keys, feature }: NaiveWindow,
  key: readonly Value[],
  q: bigint,
): Value {
  const at = (row: readonly Value[], name: string): Value =>
    row[source.columns.findIndex(column => column.name === name)] ?? null
  const event = (row: readonly Value[]): bigint => at(row, source.eventTime ?? '') as bigint
  const known = (row: readonly Value[]): Value =>
    source.knownAt.kind === 'column' ? at(row, source.knownAt.column) : event(row)
  const order = [...rows].sort(
    (left, right) =>
      [event, known].reduce((found, by) => found || valueOrder('timestamp')(by(left), by(right)), 0) ||
      rowOrder(source, left, right),
  )
  const left = feature.window === 'all' ? null : q - parseDuration(feature.window)
  const hop = parseDuration(feature.hop)
  const edge = left === null ? null : left - (((left % hop) + hop) % hop)
  const inside = order.filter(row => {
    const k = known(row)
    if (
      event(row) === null ||
      k === null ||
      key.includes(null) ||
      keys.some((name, index) => at(row, name) !== key[index])
    )
      return false
    if (source.eventId && newerVersion({ source, rows, row, q, known, at })) return false
    return event(row) < q && (k as bigint) <= q && (edge === null || event(row) >= edge)
  })
  if (feature.column === undefined) return BigInt(inside.length)
  const values = inside.map(row => at(row, feature.column ?? '')).filter(value => value !== null) as bigint[]
  if (feature.op === 'count') return BigInt(values.length)
  if (values.length === 0) return null
  const sum = values.reduce((total, value) => total + value, 0n)
  if (feature.op === 'sum') return sum
  if (feature.op === 'mean') return Number(sum) / values.length
  if (feature.op === 'last') return values.at(-1) ?? null
  return values.reduce((best, value) => ((feature.op === 'min' ? value < best : value > best) ? value : best))
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
