import type { ValueType } from '../kernel/values/model.ts'
import type { ColumnData } from './model.ts'

/** What may be said of a column besides its type. */
export interface ColumnOptions {
  /** Unit of measure in words or symbols: `min`, `mi`, `EUR`. */
  readonly unit?: string
  readonly description?: string
  /** Personal data class: masked in samples unless the reader may see it. */
  readonly pii?: 'personal' | 'sensitive'
}

/** A column's type with what is said of it. */
export interface ColumnType<Type extends ValueType = ValueType> extends ColumnOptions {
  readonly type: Type
}

/** Columns by name, in order: the order of declaration is the order of the columns. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>

/** The TypeScript type of one value of a column, as a caller sends it in JSON. */
export type WireValue<Type extends ValueType> = Type extends 'bool'
  ? boolean
  : Type extends 'float64' | 'float32'
    ? number
    : Type extends 'int64'
      ? number | bigint
      : Type extends `list<${infer Element extends ValueType}>`
        ? readonly (WireValue<Element> | null)[]
        : Type extends `map<string,${infer Element extends ValueType}>`
          ? Readonly<Record<string, WireValue<Element> | null>>
          : string

function columnOf<Type extends ValueType>(type: Type) {
  return (options: ColumnOptions = {}): ColumnType<Type> => Object.freeze({ type, ...options })
}

/** UTF-8 text; case, blanks and Unicode forms are significant. */
export const string = columnOf('string')
/** Whole numbers of 64 bits, exact. */
export const int64 = columnOf('int64')
/** IEEE 754 double. */
export const float64 = columnOf('float64')
/** IEEE 754 single; on the wire its double widening. */
export const float32 = columnOf('float32')
export const bool = columnOf('bool')
export const bytes = columnOf('bytes')
/** An instant, UTC, microseconds. */
export const timestamp = columnOf('timestamp')
/** A calendar day without zone. */
export const date = columnOf('date')
/** Exact decimal of `precision` digits (at most 38), `scale` of them after the point. */
export function decimal(
  precision: number,
  scale: number,
  options: ColumnOptions = {},
): ColumnType<`decimal(${number},${number})`> {
  return Object.freeze({ type: `decimal(${precision},${scale})` as const, ...options })
}

/** The declared columns as data, in order. */
export function columnData(columns: ColumnTypes): readonly ColumnData[] {
  return Object.entries(columns).map(([name, column]) => Object.freeze({ name, ...column }))
}

/** A reference to a declared column: what predicates, aggregations and lookups take instead of text. */
export interface ColumnRef<Name extends string = string, Type extends ValueType = ValueType> {
  readonly ref: 'column'
  readonly column: Name
  readonly type: Type
}

/** References to every column of a source, by name. */
export type ColumnRefs<Columns extends ColumnTypes> = {
  readonly [Name in keyof Columns & string]: ColumnRef<Name, Columns[Name]['type']>
}

export function columnRefs<Columns extends ColumnTypes>(columns: readonly ColumnData[]): ColumnRefs<Columns> {
  const refs: Record<string, ColumnRef> = {}
  for (const { name, type } of columns) refs[name] = Object.freeze({ ref: 'column', column: name, type })
  return new Proxy(Object.freeze(refs), { get: refOrUndeclared }) as ColumnRefs<Columns>
}

/** A column that is not declared stays a reference, so that the checks can report it with its name and its place. */
function refOrUndeclared(refs: Readonly<Record<string, ColumnRef>>, name: string | symbol): unknown {
  if (typeof name === 'symbol' || Object.hasOwn(refs, name)) return refs[name as string]
  return Object.freeze({ ref: 'column', column: name, type: 'string' })
}

/** Names of the columns of the given type. */
export type ColumnsOfType<Columns extends ColumnTypes, Type extends ValueType> = {
  [Name in keyof Columns & string]: Columns[Name]['type'] extends Type ? Name : never
}[keyof Columns & string]
