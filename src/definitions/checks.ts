import type { Duration } from '../kernel/time.ts'
import type { ValueType } from '../kernel/values/model.ts'
import type { ColumnRef, ColumnRefs, ColumnTypes, WireValue } from './columns.ts'
import type { CheckData, CheckParameter, PredicateData, PredicateValue } from './model.ts'
import { canonicalDuration, type SourceDefinition } from './source.ts'

/** What may be said of every check besides what it tests. */
export interface CheckOptions {
  /** Default: the check and its columns, `between_delay`. Unique within one definition. */
  readonly name?: string
  /**
   * `block`: a failed check stops the step, and bad rows of a source go to quarantine. `warn` (default) and `info` never
   * stop anything.
   */
  readonly severity?: CheckData['severity']
  /** Share of the evaluated rows that must hold, at most 6 decimals; default 1. */
  readonly mostly?: number
  /** Second limit, at least `mostly`: below it the check warns. */
  readonly warnMostly?: number
  /** Rows the check looks at; applied first. */
  readonly where?: PredicateData
  /** Values that stand for missing beside null and NaN: `['', 'N/A']`, `[-999]`. */
  readonly missingValues?: readonly PredicateValue[]
  /** Nothing to judge counts as failed. */
  readonly required?: boolean
  readonly owner?: string
  readonly reason?: string
  /** RFC 3339; from then on the check is an error, so that it cannot rot unseen. */
  readonly expires?: string
}

/** The checks of a definition, given references to its columns. */
export type ChecksOf<Columns extends ColumnTypes> = (columns: ColumnRefs<Columns>) => readonly CheckData[]

/** Bounds are inclusive; either may be left out. */
export type Bounds<Bound = number> = { readonly min?: Bound; readonly max?: Bound }

type Refs = ColumnRef | readonly ColumnRef[]
type Bound<Type extends ValueType> = Type extends 'int64' ? number : WireValue<Type> & PredicateValue
type Parameters = Readonly<Record<string, CheckParameter | undefined>>
type Given = readonly [Parameters, (CheckOptions | undefined)?]
type Numeric = 'int64' | 'float64' | 'float32' | `decimal(${number},${number})`
type NumberColumn = ColumnRef<string, Numeric>
type TextColumn = ColumnRef<string, 'string'>
type TimeColumn = ColumnRef<string, 'timestamp'>

function check(word: string, columns: Refs, [params, options = {}]: Given): CheckData {
  const names = [columns].flat().map(each => each.column)
  const { name, severity, ...modifiers } = options
  return Object.freeze({
    check: word,
    name: name ?? [word, ...names].join('_').toLowerCase().slice(0, 63),
    columns: names,
    params: defined(params),
    severity: severity ?? 'warn',
    ...modifiers,
  }) as CheckData
}

function defined(params: Parameters): CheckData['params'] {
  return Object.fromEntries(
    Object.entries(params).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
}

/** A check of one column without parameters. */
function ofColumn<Column extends ColumnRef>(word: string) {
  return (column: Column, options?: CheckOptions): CheckData => check(word, column, [{}, options])
}

/** As {@link ofColumn}, with bounds. */
function boundedColumn<Column extends ColumnRef>(word: string) {
  return (column: Column, { min, max }: Bounds, options?: CheckOptions): CheckData =>
    check(word, column, [{ min, max }, options])
}

/** Every listed column is present; `exact` also forbids others. */
export function columnsMatchSet(
  columns: readonly string[],
  { exact, ...options }: CheckOptions & { readonly exact?: boolean } = {},
): CheckData {
  return check('columns_match_set', [], [{ columns, exact }, options])
}

/** Names and order are equal. */
export function columnsMatchOrder(columns: readonly string[], options?: CheckOptions): CheckData {
  return check('columns_match_order', [], [{ columns }, options])
}

/** The column is present, and at `index` (from 0) if given. */
export function columnExists(
  column: string,
  { index, ...options }: CheckOptions & { readonly index?: number } = {},
): CheckData {
  const name = `column_exists_${column}`.toLowerCase().slice(0, 63)
  return check(
    'column_exists',
    [],
    [
      { column, index },
      { name, ...options },
    ],
  )
}

/** The number of columns is in bounds. */
export function columnCount({ min, max }: Bounds, options?: CheckOptions): CheckData {
  return check('column_count', [], [{ min, max }, options])
}

/** A column's kind of type, whatever its width. */
export type LogicalType =
  | 'int'
  | 'float'
  | 'decimal'
  | 'string'
  | 'bool'
  | 'date'
  | 'timestamp'
  | 'list'
  | 'struct'

/** The column's logical type is one of `types`; engine names never appear. */
export function columnType(column: ColumnRef, types: readonly LogicalType[], options?: CheckOptions) {
  return check('column_type', column, [{ types }, options])
}

/** The number of rows is in bounds; 0 rows is a number here. */
export function rowCount({ min, max }: Bounds, options?: CheckOptions): CheckData {
  return check('row_count', [], [{ min, max }, options])
}

/** As many rows as another source, within `tolerance` as a share of the other's (at most 6 decimals; default 0). */
export function rowCountEquals(
  other: SourceDefinition,
  { tolerance, ...options }: CheckOptions & { readonly tolerance?: number } = {},
): CheckData {
  return check('row_count_equals', [], [{ source: other.name, tolerance }, options])
}

/** Relative change of the row count against the median of the last `k` (4) batches of the same weekday. */
export function rowCountChange({ min, max, k }: Bounds & { readonly k?: number }, options?: CheckOptions) {
  return check('row_count_change', [], [{ min, max, k }, options])
}

/** The newest value is at most `maxAge` old at the run's clock. Event time and known time are two checks. */
export function freshness(
  column: TimeColumn,
  { maxAge }: { readonly maxAge: Duration },
  options?: CheckOptions,
): CheckData {
  return check('freshness', column, [{ maxAge: canonicalDuration(maxAge) }, options])
}

/** No step between neighbouring distinct times is longer than `maxGap`. */
export function noGaps(
  column: TimeColumn,
  { maxGap }: { readonly maxGap: Duration },
  options?: CheckOptions,
): CheckData {
  return check('no_gaps', column, [{ maxGap: canonicalDuration(maxGap) }, options])
}

/** No row is missing; all rows are evaluated. */
export const notMissing = ofColumn<ColumnRef>('not_missing')
/** Every row is missing. */
export const isMissing = ofColumn<ColumnRef>('is_missing')

/** The missing share moved by at most `limit` (0 to 1) against the run before (99 % bounds by Newcombe). */
export function missingShareChange(
  column: ColumnRef,
  { limit }: { readonly limit: number },
  options?: CheckOptions,
): CheckData {
  return check('missing_share_change', column, [{ limit }, options])
}

/** Each value occurs once; all members of a duplicate are bad. */
export const unique = ofColumn<ColumnRef>('unique')

/**
 * Each tuple occurs once. `missing`: rows left out are those with `any` part missing (default), with `all` parts missing,
 * or none (`never`; missing equals missing).
 */
export function uniqueTogether(
  columns: readonly ColumnRef[],
  { missing, ...options }: CheckOptions & { readonly missing?: 'any' | 'all' | 'never' } = {},
): CheckData {
  return check('unique_together', columns, [{ missing }, options])
}

/** Within a row the columns differ from each other. */
export function distinctWithinRow(columns: readonly ColumnRef[], options?: CheckOptions): CheckData {
  return check('distinct_within_row', columns, [{}, options])
}

/** The number of distinct values is in bounds; exact. */
export const distinctCount = boundedColumn<ColumnRef>('distinct_count')
/** Distinct values over non-missing rows is in bounds. */
export const distinctShare = boundedColumn<ColumnRef>('distinct_share')

function setCheck(word: string) {
  return <Type extends ValueType>(
    column: ColumnRef<string, Type>,
    values: readonly Bound<Type>[],
    options?: CheckOptions,
  ): CheckData => check(word, column, [{ values }, options])
}

/** The value is one of `values`. */
export const inSet = setCheck('in_set')
/** The value is none of `values`. */
export const notInSet = setCheck('not_in_set')
/** A most common value is one of `values`; of ties any one suffices. */
export const modeInSet = setCheck('mode_in_set')

/** The observed distinct values equal the set, contain it, or lie within it. */
export function distinctSet<Type extends ValueType>(
  column: ColumnRef<string, Type>,
  set: { readonly relation: 'equal' | 'contains' | 'within'; readonly values: readonly Bound<Type>[] },
  options?: CheckOptions,
): CheckData {
  return check('distinct_set', column, [{ relation: set.relation, values: set.values }, options])
}

/** The value lies in bounds, each optionally strict. Texts are ordered by code point. */
export function between<Type extends ValueType>(
  column: ColumnRef<string, Type>,
  bounds: Bounds<Bound<Type>> & { readonly strictMin?: boolean; readonly strictMax?: boolean },
  options?: CheckOptions,
): CheckData {
  const { min, max, strictMin, strictMax } = bounds
  return check('between', column, [{ min, max, strictMin, strictMax }, options])
}

function extreme(word: string) {
  return <Type extends ValueType>(
    column: ColumnRef<string, Type>,
    { min, max }: Bounds<Bound<Type>>,
    options?: CheckOptions,
  ): CheckData => check(word, column, [{ min, max }, options])
}

/** The least value lies in bounds. */
export const minBetween = extreme('min_between')
/** The greatest value lies in bounds. */
export const maxBetween = extreme('max_between')
/** The mean lies in bounds. */
export const meanBetween = boundedColumn<NumberColumn>('mean_between')
/** The sample standard deviation (n − 1) lies in bounds. */
export const stddevBetween = boundedColumn<NumberColumn>('stddev_between')
/** The sum lies in bounds. */
export const sumBetween = boundedColumn<NumberColumn>('sum_between')

/** Each quantile (position (n − 1)·q, linear between neighbours) lies in its bounds. */
export function quantilesBetween(
  column: NumberColumn,
  quantiles: readonly (Bounds & { readonly q: number })[],
  options?: CheckOptions,
): CheckData {
  return check('quantiles_between', column, [{ quantiles: quantiles.map(each => ({ ...each })) }, options])
}

/**
 * |x − centre| / spread < `below`. Centre and spread are mean and sample deviation of the batch, median and
 * 1.4826 · MAD with `method: 'mad'`, or frozen numbers.
 */
export function zscoreBelow(
  column: NumberColumn,
  limit: {
    readonly below: number
    readonly method?: 'mad'
    readonly center?: number
    readonly spread?: number
  },
  options?: CheckOptions,
): CheckData {
  return check('zscore_below', column, [{ ...limit }, options])
}

/** The length in code points lies in bounds. */
export const lengthBetween = boundedColumn<TextColumn>('length_between')

/** A pattern is found anywhere in the text (anchor to bind); RE2 syntax without flags. */
export function matches(
  column: TextColumn,
  patterns: string | readonly string[],
  { mode, ...options }: CheckOptions & { readonly mode?: 'any' | 'all' } = {},
): CheckData {
  return check('matches', column, [{ patterns: [patterns].flat(), mode }, options])
}

/** No pattern is found. */
export function notMatches(
  column: TextColumn,
  patterns: string | readonly string[],
  options?: CheckOptions,
): CheckData {
  return check('not_matches', column, [{ patterns: [patterns].flat() }, options])
}

/** The whole text fits a LIKE pattern: `%` is any text, `_` one code point. */
export function like(column: TextColumn, pattern: string, options?: CheckOptions): CheckData {
  const body = [...pattern].map(each =>
    each === '%' ? '(?:.|\\n)*' : each === '_' ? '(?:.|\\n)' : each.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'),
  )
  return matches(column, `^${body.join('')}$`, { name: `like_${column.column}`.toLowerCase(), ...options })
}

/** The whole text fits the format and is a real instant: %Y %m %d %H %M %S %f %z %j %%, fixed widths. */
export function parsesAsTime(column: TextColumn, format: string, options?: CheckOptions): CheckData {
  return check('parses_as_time', column, [{ format }, options])
}

/** The text is strict JSON, and valid under the JSON Schema if one is given. */
export function parsesAsJson(
  column: TextColumn,
  { schema, ...options }: CheckOptions & { readonly schema?: CheckParameter } = {},
): CheckData {
  return check('parses_as_json', column, [{ schema }, options])
}

/** Each value against the one before it, ordered by `by`. */
export function monotonic(
  column: ColumnRef,
  order: {
    readonly by: ColumnRef
    readonly direction?: 'increasing' | 'decreasing'
    readonly strict?: boolean
  },
  options?: CheckOptions,
): CheckData {
  const { by, direction = 'increasing', strict = false } = order
  return check('monotonic', column, [{ by: by.column, direction, strict }, options])
}

/**
 * `a` equals, is greater than, or is at least `b`. `missing`: a row is left out if `either` side is missing (default), if
 * `both` are, or `never`; a kept row with a missing side is bad.
 */
export function pairCompare(
  [a, op, b]: readonly [a: ColumnRef, op: 'eq' | 'gt' | 'ge', b: ColumnRef],
  { missing, ...options }: CheckOptions & { readonly missing?: 'either' | 'both' | 'never' } = {},
): CheckData {
  return check('pair_compare', [a, b], [{ op, missing }, options])
}

/** The pair is one of `pairs`. */
export function pairInSet(
  columns: readonly [a: ColumnRef, b: ColumnRef],
  pairs: readonly (readonly [PredicateValue, PredicateValue])[],
  options?: CheckOptions,
): CheckData {
  return check('pair_in_set', columns, [{ pairs }, options])
}

/** |sum of the columns − target| ≤ max(abs, rel · |target|); the target is a number or a column. */
export function sumAcross(
  columns: readonly NumberColumn[],
  target: { readonly equals: number | NumberColumn; readonly abs?: number; readonly rel?: number },
  options?: CheckOptions,
): CheckData {
  const equals = typeof target.equals === 'number' ? target.equals : target.equals.column
  return check('sum_across', columns, [{ equals, abs: target.abs, rel: target.rel }, options])
}

/** The key exists in another source; rows with a missing part are left out. */
export function references(
  columns: Refs,
  other: { readonly source: SourceDefinition; readonly columns: string | readonly string[] },
  options?: CheckOptions,
): CheckData {
  return check('references', columns, [
    { source: other.source.name, columns: [other.columns].flat() },
    options,
  ])
}

/** Frozen bins with their counts; the last two counts are of everything else and of missing. */
export type ReferenceBins =
  /** Bins `< edge0`, `[edge0, edge1)`, …, `≥ last edge`, missing: one count more than edges, and one for missing. */
  | { readonly edges: readonly number[]; readonly counts: readonly number[] }
  /** One bin a value, then everything else, then missing. */
  | { readonly values: readonly PredicateValue[]; readonly counts: readonly number[] }

/** The share of rows that moved between frozen bins is at most `limit` (99 % lower bound of total variation). */
export function closeToReference(
  column: ColumnRef,
  { reference, limit }: { readonly reference: ReferenceBins; readonly limit: number },
  options?: CheckOptions,
): CheckData {
  return check('close_to_reference', column, [{ reference: { ...reference }, limit }, options])
}

/** Own SQL, one SELECT; `{rows}` stands for the table that is checked. Any returned row is bad. */
export function unexpectedRows(name: string, sql: string, options?: Omit<CheckOptions, 'name'>): CheckData {
  return check('unexpected_rows', [], [{ sql }, { name, ...options }])
}
