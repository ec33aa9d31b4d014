import { type Duration, parseDuration } from '../kernel/time.ts'
import type { ValueType } from '../kernel/values/model.ts'
import type { ColumnRef } from './columns.ts'
import type { PredicateData, WindowFeatureData, WindowOperator } from './model.ts'
import { canonicalDuration } from './source.ts'

/** An aggregation over a window, before it has a name. */
export interface WindowExpression<Type extends ValueType = ValueType> {
  readonly ref: 'window'
  readonly data: Omit<WindowFeatureData, 'name'>
  /** Type level only. */
  readonly __type?: Type
}

export interface WindowOptions {
  /**
   * The left edge is rounded down to a multiple of it, so a window spans `window` to `window + hop`.
   * Default: 5m below 12h, 1h below 12d, else 1d.
   */
  readonly hop?: Duration
}

/** An aggregation without its window. */
export interface Aggregation<Type extends ValueType = ValueType> {
  /** Counts a row only if the predicate is true of it. */
  where(predicate: PredicateData): Aggregation<Type>
  /** Rows with the same key, known by then, and `round_down(q − window, hop) ≤ event < q`; 'all' has no left edge. */
  over(window: Duration | 'all', options?: WindowOptions): WindowExpression<Type>
}

type Body = Pick<WindowFeatureData, 'op' | 'column' | 'where' | 'k' | 'p' | 'limit' | 'type'>

function aggregation<Type extends ValueType>(body: Body): Aggregation<Type> {
  return Object.freeze({
    where: (predicate: PredicateData) => aggregation<Type>({ ...body, where: predicate }),
    over: (window: Duration | 'all', options: WindowOptions = {}) =>
      Object.freeze({
        ref: 'window' as const,
        data: Object.freeze({
          kind: 'window' as const,
          ...body,
          window: canonicalDuration(window),
          hop: canonicalDuration(options.hop ?? defaultHop(window)),
        }),
      }),
  })
}

/** features.md §4.2. */
export function defaultHop(window: string): string {
  if (window === 'all') return '1d'
  try {
    const micros = parseDuration(window)
    if (micros < parseDuration('12h')) return '5m'
    return micros < parseDuration('12d') ? '1h' : '1d'
  } catch {
    return '5m'
  }
}

type Numeric = 'int64' | 'float64' | 'float32' | `decimal(${number},${number})`
type SumType<Type extends ValueType> = Type extends 'float32' ? 'float64' : Type

/** Number of rows, or of rows whose column is not null. 0 when there is none: "no events" is a measurement. */
export function count(column?: ColumnRef): Aggregation<'int64'> {
  return aggregation(over('count', column, 'int64'))
}

/** Exact sum; null over nothing. An int64 sum that does not fit is null, never wrapped. */
export function sum<Type extends Numeric>(column: ColumnRef<string, Type>): Aggregation<SumType<Type>> {
  const type = column.type === 'float32' ? 'float64' : column.type
  return aggregation(
    over(
      'sum',
      column,
      type.startsWith('decimal') ? (`decimal(38,${type.split(',')[1]}` as ValueType) : type,
    ),
  )
}

/** Mean of the exact sum; null over nothing. */
export function mean(column: ColumnRef<string, Numeric>): Aggregation<'float64'> {
  return aggregation(over('mean', column, 'float64'))
}

/** The least value in the order of values (features.md §1.4); null over nothing. */
export function min<Type extends ValueType>(column: ColumnRef<string, Type>): Aggregation<Type> {
  return aggregation(over('min', column, column.type))
}

/** The greatest value in the order of values; null over nothing. */
export function max<Type extends ValueType>(column: ColumnRef<string, Type>): Aggregation<Type> {
  return aggregation(over('max', column, column.type))
}

/** The non-null value of the newest row; null over nothing. */
export function last<Type extends ValueType>(column: ColumnRef<string, Type>): Aggregation<Type> {
  return aggregation(over('last', column, column.type))
}

function over(op: WindowOperator, column: ColumnRef | undefined, type: ValueType): Body {
  return column === undefined ? { op, type } : { op, column: column.column, type }
}
