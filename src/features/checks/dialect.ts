import type { Field, Value } from '../../kernel/values/index.ts'
import { duckdbDialect, type SqlDialect, sparkDialect } from '../offline/dialect.ts'
import { sqlLiteral } from '../offline/predicate.ts'
import { id, text } from '../offline/sql-text.ts'
import { javaPattern } from './java-pattern.ts'

/** What engines say differently in the SQL of checks; everything else is the SQL that they share. */
export interface CheckDialect {
  /** The engine's SQL elsewhere. */
  readonly sql: SqlDialect
  literal(type: string, value: Value): string
  isNaN(number: string): string
  /** A number as DOUBLE. */
  double(number: string): string
  /** RE2 pattern found anywhere. */
  found(column: string, pattern: string): string
  /** Text of the numbered group of a pattern that is there. */
  group(column: string, pattern: string, index: number): string
  codePoints(column: string): string
  /** Compensated sum of doubles over the rows of a condition; null or 0 for none. */
  sum(number: string, condition?: string): string
  median(number: string): string
  /** Position (n − 1)·q, linear between neighbours. */
  quantile(number: string, q: number): string
  sampleDeviation(number: string): string
  /** Microseconds between two timestamps, later first. */
  microsBetween(later: string, earlier: string): string
}

const duckdbChecks: CheckDialect = {
  sql: duckdbDialect,
  literal: (type, value) => sqlLiteral(type, value, duckdbDialect),
  isNaN: number => `isnan(${number})`,
  double: number => `CAST(${number} AS DOUBLE)`,
  found: (column, pattern) => `regexp_matches(${column}, ${text(pattern)}, 'n')`,
  group: (column, pattern, index) => `regexp_extract(${column}, ${text(pattern)}, ${index})`,
  codePoints: column => `length(${column})`,
  sum: (number, condition = 'true') => `fsum(${number}) FILTER (WHERE ${condition})`,
  median: number => `median(${number})`,
  quantile: (number, q) => `quantile_cont(${number}, ${q})`,
  sampleDeviation: number => `stddev_samp(${number})`,
  microsBetween: (later, earlier) => `(epoch_us(${later}) - epoch_us(${earlier}))`,
}

const pattern = (written: string): string => sparkDialect.text(javaPattern(written))

/** Spark adds doubles as they come, so a sum gathers its column and adds it up with the error carried along (Neumaier). */
const sparkChecks: CheckDialect = {
  sql: sparkDialect,
  literal: (type, value) => sqlLiteral(type, value, sparkDialect),
  isNaN: number => `isnan(${number})`,
  double: number => `CAST(${number} AS DOUBLE)`,
  found: (column, written) => `(${column} RLIKE ${pattern(written)})`,
  group: (column, written, index) => `regexp_extract(${column}, ${pattern(written)}, ${index})`,
  codePoints: column => `char_length(${column})`,
  sum(number, condition = 'true') {
    const values = `collect_list(CASE WHEN ${condition} THEN ${number} END)`
    const lost = 'CASE WHEN abs(a.s) >= abs(x) THEN (a.s - (a.s + x)) + x ELSE (x - (a.s + x)) + a.s END'
    const add = `(a, x) -> named_struct('s', a.s + x, 'c', a.c + ${lost})`
    return `aggregate(${values}, named_struct('s', 0D, 'c', 0D), ${add}, a -> a.s + a.c)`
  },
  median: number => `median(${number})`,
  quantile: (number, q) => `percentile(${number}, ${q})`,
  sampleDeviation: number => `stddev_samp(${number})`,
  microsBetween: (later, earlier) => `(${sparkDialect.micros(later)} - ${sparkDialect.micros(earlier)})`,
}

export function isFloat(type: string): boolean {
  return type === 'float64' || type === 'float32'
}

/** A column as SQL. */
export function columnSql(column: Field): string {
  return id(column.name)
}

/** The dialect of an engine's checks. */
export function checkDialect(sql: SqlDialect): CheckDialect {
  return sql.name === 'duckdb' ? duckdbChecks : sparkChecks
}
