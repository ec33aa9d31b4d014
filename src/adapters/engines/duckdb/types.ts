import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBType,
  FLOAT,
  LIST,
  MAP,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api'
import { parseType, type TypeNode } from '../../../kernel/values/index.ts'

const scalarTypes: Readonly<Record<string, DuckDBType>> = {
  bool: BOOLEAN,
  string: VARCHAR,
  int64: BIGINT,
  float64: DOUBLE,
  float32: FLOAT,
  bytes: BLOB,
  timestamp: TIMESTAMP,
  date: DATE,
}

/** DuckDB's type for a value type. */
export function duckdbType(type: string): DuckDBType {
  return typeOf(parseType(type))
}

function typeOf(type: TypeNode): DuckDBType {
  if (type.kind === 'decimal') return DECIMAL(type.precision, type.scale)
  if (type.kind === 'list') return LIST(typeOf(type.element))
  if (type.kind === 'map') return MAP(VARCHAR, typeOf(type.value))
  return scalarTypes[type.name] ?? VARCHAR
}

/** SQL name of DuckDB's type for a value type. */
export function sqlType(type: string): string {
  return nameOf(parseType(type))
}

function nameOf(type: TypeNode): string {
  if (type.kind === 'decimal') return `DECIMAL(${type.precision},${type.scale})`
  if (type.kind === 'list') return `${nameOf(type.element)}[]`
  if (type.kind === 'map') return `MAP(VARCHAR, ${nameOf(type.value)})`
  return String(scalarTypes[type.name])
}

const integers = new Set(['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'UTINYINT', 'USMALLINT', 'UINTEGER'])
const lossless: Readonly<Record<string, (found: string) => boolean>> = {
  bool: found => found === 'BOOLEAN',
  string: found => found === 'VARCHAR' || found.startsWith('ENUM') || found === 'UUID',
  int64: found => integers.has(found),
  float64: found => found === 'DOUBLE' || found === 'FLOAT',
  float32: found => found === 'FLOAT',
  bytes: found => found === 'BLOB',
  timestamp: found =>
    ['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NS'].includes(found),
  date: found => found === 'DATE',
}

/** True if a column of DuckDB's type `found` holds values of the declared type without rounding or guessing. */
export function fits(declared: string, found: string): boolean {
  const type = parseType(declared)
  if (type.kind === 'scalar') return lossless[type.name]?.(found) ?? false
  if (type.kind !== 'decimal') return found === nameOf(type)
  const match = /^DECIMAL\((\d+),(\d+)\)$/.exec(found)
  if (!match) return false
  const [precision, scale] = [Number(match[1]), Number(match[2])]
  return scale <= type.scale && precision - scale <= type.precision - type.scale
}
