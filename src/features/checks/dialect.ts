import { FettleError } from '../../kernel/errors/index.ts'
import type { Field, Value } from '../../kernel/values/index.ts'
import { duckdbDialect, type SqlDialect } from '../offline/dialect.ts'
import { sqlLiteral } from '../offline/predicate.ts'
import { id, text } from '../offline/sql-text.ts'

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
  /** Compensated sum of doubles. */
  sum(number: string): string
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
  sum: number => `fsum(${number})`,
  median: number => `median(${number})`,
  quantile: (number, q) => `quantile_cont(${number}, ${q})`,
  sampleDeviation: number => `stddev_samp(${number})`,
  microsBetween: (later, earlier) => `(epoch_us(${later}) - epoch_us(${earlier}))`,
}

export function isFloat(type: string): boolean {
  return type === 'float64' || type === 'float32'
}

/** A column as SQL. */
export function columnSql(column: Field): string {
  return id(column.name)
}

/** The dialect of an engine's checks; throws NO_SUCH_TARGET for one that has none. */
export function checkDialect(sql: SqlDialect): CheckDialect {
  if (sql.name === 'duckdb') return duckdbChecks
  throw new FettleError('NO_SUCH_TARGET', `data checks are not compiled to the SQL of ${sql.name}`, {
    hint: 'Run the checks with the embedded engine (offline: duckdb).',
  })
}
