import { parseType, type Value, valueOrder } from '../../../kernel/values/index.ts'
import {
  type EventColumn,
  type Events,
  type Grouping,
  gather,
  gatherBytes,
  gatherNumbers,
  type Times,
} from './events.ts'
import { type ExactColumn, exactBigints, exactFloats, exactInt64 } from './exact-column.ts'

/** Events laid out key by key, with everything derived from a column made once and shared by all features that ask. */
export interface GroupedEvents {
  readonly events: Events
  readonly grouping: Grouping
  readonly event: Times
  readonly known: Times | null
  readonly replaced: Times | null
  /** Which rows count: the predicate holds and the column is not null; null when all do. */
  mask(column: string | undefined, predicate: string | undefined): Uint8Array | null
  exact(column: string): ExactColumn
  /** Doubles that order the column's values (−0 as +0), with the value of each row for the result. */
  ranks(column: string): Float64Array
  value(column: string, at: number): Value
}

export function groupEvents(events: Events, grouping: Grouping): GroupedEvents {
  const cache = new Map<string, unknown>()
  const once = <Result>(key: string, make: () => Result): Result => {
    if (!cache.has(key)) cache.set(key, make())
    return cache.get(key) as Result
  }
  const { order } = grouping
  const column = (name: string): EventColumn => {
    const found = events.columns.get(name)
    if (!found) throw new RangeError(`no event column ${name}`)
    return found
  }
  return {
    events,
    grouping,
    event: gather(events.event, order),
    known: events.known && gather(events.known, order),
    replaced: events.replaced && gather(events.replaced, order),
    mask: (name, predicate) =>
      once(`mask ${name} ${predicate}`, () => {
        const valid = name === undefined ? null : column(name).valid
        const holds = predicate === undefined ? null : (events.predicates.get(predicate) ?? null)
        if (valid && holds)
          return gatherBytes(
            valid.map((bit, row) => bit & (holds[row] ?? 0)),
            order,
          )
        return valid || holds ? gatherBytes(valid ?? holds ?? new Uint8Array(0), order) : null
      }),
    exact: name => once(`exact ${name}`, () => exactColumn(column(name), order)),
    ranks: name => once(`ranks ${name}`, () => gatherNumbers(columnRanks(column(name)), order)),
    value: (name, at) => valueAt(column(name), order[at] ?? 0),
  }
}

function valueAt(column: EventColumn, row: number): Value {
  return column.valid !== null && column.valid[row] === 0 ? null : (column.values[row] ?? null)
}

function exactColumn(column: EventColumn, order: Uint32Array): ExactColumn {
  const { values } = column
  if (values instanceof Float64Array)
    return exactFloats(gatherNumbers(valuesOrZero(values, column.valid), order))
  if (values instanceof BigInt64Array) return exactInt64(values, column.valid, order)
  if (column.type === 'float32')
    return exactFloats(Float64Array.from(order, row => Number(valueAt(column, row) ?? 0)))
  const node = parseType(column.type)
  const scale = node.kind === 'decimal' ? node.scale : 0
  return exactBigints(
    Array.from(order, row => valueAt(column, row) as bigint | null),
    10n ** BigInt(scale),
  )
}

function valuesOrZero(values: Float64Array, valid: Uint8Array | null): Float64Array {
  return valid === null ? values : values.map((value, row) => (valid[row] === 0 ? 0 : value))
}

const largest = 2n ** 53n

function columnRanks(column: EventColumn): Float64Array {
  const { values } = column
  if (values instanceof Float64Array && !values.some(Number.isNaN)) return values
  if (values instanceof BigInt64Array && values.every(value => value < largest && value > -largest))
    return Float64Array.from(values, Number)
  return denseRanks(column)
}

function denseRanks(column: EventColumn): Float64Array {
  const compare = valueOrder(column.type)
  const rows = Array.from({ length: column.values.length }, (_, row) => row)
  const value = (row: number): Value => {
    const found = valueAt(column, row)
    return Object.is(found, -0) ? 0 : found
  }
  rows.sort((left, right) => compare(value(left), value(right)))
  const ranks = new Float64Array(rows.length)
  let rank = 0
  for (const [position, row] of rows.entries()) {
    if (position > 0 && compare(value(rows[position - 1] ?? 0), value(row)) !== 0) rank += 1
    ranks[row] = rank
  }
  return ranks
}
