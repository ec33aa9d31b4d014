/**
 * The value types of features.md: what a column may hold. Decimals carry precision and scale,
 * lists and maps their element type.
 */
export type ScalarType = 'bool' | 'string' | 'int64' | 'float64' | 'float32' | 'bytes' | 'timestamp' | 'date'
export type ValueType =
  | ScalarType
  | `decimal(${number},${number})`
  | `list<${string}>`
  | `map<string,${string}>`

/**
 * A value in memory. int64, timestamp (µs since the epoch) and decimal (unscaled) are bigint; date is days since the
 * epoch as a number; float32 is its float64 widening; bytes are Uint8Array; lists are arrays; maps are Map.
 * null is a value of its own in every type.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | ReadonlyMap<string, Value>

/** A named, typed column. */
export interface Field {
  readonly name: string
  readonly type: ValueType
}

/** Rows held in memory, for small tables: `rows[i][j]` is column j of row i. */
export interface Rows {
  readonly fields: readonly Field[]
  readonly rows: readonly (readonly Value[])[]
}

/** How a feature value came about, in order of precedence: ERROR first. */
export type FeatureStatus = 'PRESENT' | 'NULL_VALUE' | 'NOT_FOUND' | 'OUTSIDE_MAX_AGE' | 'ERROR'
export const statusLetters = {
  PRESENT: 'P',
  NULL_VALUE: 'N',
  NOT_FOUND: 'F',
  OUTSIDE_MAX_AGE: 'A',
  ERROR: 'E',
} as const satisfies Record<FeatureStatus, string>
