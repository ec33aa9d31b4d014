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
  /** As data, without a window: what a label over later events takes. */
  readonly body: AggregationBody
}

export type AggregationBody = Pick<
  WindowFeatureData,
  'op' | 'column' | 'where' | 'k' | 'p' | 'limit' | 'type'
>

function aggregation<Type extends ValueType>(body: AggregationBody): Aggregation<Type> {
  return Object.freeze({
    body: Object.freeze(body),
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
type Column<Type extends ValueType = ValueType> = ColumnRef<string, Type>
type SumType<Type extends ValueType> = Type extends 'float32'
  ? 'float64'
  : Type extends `decimal(${number},${number})`
    ? `decimal(38,${number})`
    : Type
type ListOf<Type extends ValueType> = `list<${Type}>`

/** Number of rows, or of rows whose column is not null. 0 when there is none: "no events" is a measurement. */
export function count(column?: Column): Aggregation<'int64'> {
  return of('count', column, { type: 'int64' })
}

/** Number of different non-null values, exact; 0 over nothing. */
export function countDistinct(column: Column): Aggregation<'int64'> {
  return of('count_distinct', column, { type: 'int64' })
}

/** Number of different non-null values within 3 % of the exact count; 0 over nothing. */
export function approxCountDistinct(column: Column): Aggregation<'int64'> {
  return of('approx_count_distinct', column, { type: 'int64' })
}

/** Exact sum; null over nothing. An int64 sum that does not fit is null, never wrapped. */
export function sum<Type extends Numeric>(column: Column<Type>): Aggregation<SumType<Type>> {
  const scale = /^decimal\(\d+,(\d+)\)$/.exec(column.type)?.[1]
  const type = column.type === 'float32' ? 'float64' : column.type
  return of('sum', column, { type: (scale === undefined ? type : `decimal(38,${scale})`) as SumType<Type> })
}

/** Mean of the exact sum; null over nothing. */
export function mean(column: Column<Numeric>): Aggregation<'float64'> {
  return of('mean', column, { type: 'float64' })
}

/** Population variance; null over nothing, exactly 0 of equal values. */
export function varPop(column: Column<Numeric>): Aggregation<'float64'> {
  return of('var_pop', column, { type: 'float64' })
}

/** Sample variance; null over fewer than two values. */
export function varSamp(column: Column<Numeric>): Aggregation<'float64'> {
  return of('var_samp', column, { type: 'float64' })
}

/** Population standard deviation; null over nothing, exactly 0 of equal values. */
export function stddevPop(column: Column<Numeric>): Aggregation<'float64'> {
  return of('stddev_pop', column, { type: 'float64' })
}

/** Sample standard deviation; null over fewer than two values. */
export function stddevSamp(column: Column<Numeric>): Aggregation<'float64'> {
  return of('stddev_samp', column, { type: 'float64' })
}

/** The least value in the order of values (features.md §1.4); null over nothing. */
export function min<Type extends ValueType>(column: Column<Type>): Aggregation<Type> {
  return of('min', column, { type: column.type })
}

/** The greatest value in the order of values; null over nothing. */
export function max<Type extends ValueType>(column: Column<Type>): Aggregation<Type> {
  return of('max', column, { type: column.type })
}

/** The non-null value of the oldest row; null over nothing. */
export function first<Type extends ValueType>(column: Column<Type>): Aggregation<Type> {
  return of('first', column, { type: column.type })
}

/** The non-null value of the newest row; null over nothing. */
export function last<Type extends ValueType>(column: Column<Type>): Aggregation<Type> {
  return of('last', column, { type: column.type })
}

/** The first `k` non-null values, oldest first; an empty list over nothing. */
export function firstK<Type extends ValueType>(column: Column<Type>, k: number): Aggregation<ListOf<Type>> {
  return listOf('first_k', column, k)
}

/** The last `k` non-null values, newest first; an empty list over nothing. */
export function lastK<Type extends ValueType>(column: Column<Type>, k: number): Aggregation<ListOf<Type>> {
  return listOf('last_k', column, k)
}

/** The `k` greatest values, duplicates kept, greatest first; an empty list over nothing. */
export function topK<Type extends ValueType>(column: Column<Type>, k: number): Aggregation<ListOf<Type>> {
  return listOf('top_k', column, k)
}

/** The `k` least values, duplicates kept, least first; an empty list over nothing. */
export function bottomK<Type extends ValueType>(column: Column<Type>, k: number): Aggregation<ListOf<Type>> {
  return listOf('bottom_k', column, k)
}

/** The most frequent value, of equally frequent ones the least; null over nothing. */
export function mode<Type extends ValueType>(column: Column<Type>): Aggregation<Type> {
  return of('mode', column, { type: column.type })
}

/** Occurrences by value; null when there are more than `limit` (default 100) different ones, {} over nothing. */
export function histogram(
  column: Column<'string' | 'bool' | 'int64'>,
  options: { readonly limit?: number } = {},
): Aggregation<'map<string,int64>'> {
  return of('histogram', column, { type: 'map<string,int64>', ...options })
}

/** Exact quantile at probability `p` in [0, 1], linear between neighbours; null over nothing. */
export function quantile(column: Column<Numeric>, p: number): Aggregation<'float64'> {
  return of('quantile', column, { type: 'float64', p })
}

/** A quantile whose rank is at most 1 % off; null over nothing. */
export function approxQuantile(column: Column<Numeric>, p: number): Aggregation<'float64'> {
  return of('approx_quantile', column, { type: 'float64', p })
}

/** Whether any non-null value is true; null over nothing. */
export function any(column: Column<'bool'>): Aggregation<'bool'> {
  return of('any', column, { type: 'bool' })
}

/** Whether all non-null values are true; null over nothing. */
export function all(column: Column<'bool'>): Aggregation<'bool'> {
  return of('all', column, { type: 'bool' })
}

/** Seconds from the newest counted row to the asked time; null over nothing. */
export function sinceLast(): Aggregation<'float64'> {
  return of('since_last', undefined, { type: 'float64' })
}

function listOf<Type extends ValueType>(
  op: WindowOperator,
  column: Column<Type>,
  k: number,
): Aggregation<ListOf<Type>> {
  return of(op, column, { type: `list<${column.type}>`, k })
}

function of<Type extends ValueType>(
  op: WindowOperator,
  column: Column | undefined,
  result: Pick<AggregationBody, 'k' | 'p' | 'limit'> & { readonly type: Type },
): Aggregation<Type> {
  return aggregation({ op, ...(column === undefined ? {} : { column: column.column }), ...result })
}
