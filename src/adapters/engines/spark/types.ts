import { parseType, type TypeNode } from '../../../kernel/values/index.ts'
import type { DataType } from './messages.ts'

const scalarTypes: Readonly<Record<string, string>> = {
  bool: 'BOOLEAN',
  string: 'STRING',
  int64: 'BIGINT',
  float64: 'DOUBLE',
  float32: 'FLOAT',
  bytes: 'BINARY',
  timestamp: 'TIMESTAMP_NTZ',
  date: 'DATE',
}

/** SQL name of Spark's type for a value type. */
export function sqlType(type: string): string {
  return nameOf(parseType(type))
}

function nameOf(type: TypeNode): string {
  if (type.kind === 'decimal') return `DECIMAL(${type.precision},${type.scale})`
  if (type.kind === 'list') return `ARRAY<${nameOf(type.element)}>`
  if (type.kind === 'map') return `MAP<STRING,${nameOf(type.value)}>`
  return scalarTypes[type.name] ?? 'STRING'
}

const names: Readonly<Record<string, string>> = {
  null: 'VOID',
  binary: 'BINARY',
  boolean: 'BOOLEAN',
  byte: 'TINYINT',
  short: 'SMALLINT',
  integer: 'INT',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'STRING',
  char: 'STRING',
  varChar: 'STRING',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
  timestampNtz: 'TIMESTAMP_NTZ',
  timestampNtzNanos: 'TIMESTAMP_NTZ(9)',
  timestampLtzNanos: 'TIMESTAMP(9)',
}

/** Spark's SQL name of a type the server reports. */
export function describedType(type: DataType): string {
  if (type.decimal) return `DECIMAL(${type.decimal.precision ?? 10},${type.decimal.scale ?? 0})`
  if (type.array) return `ARRAY<${describedType(type.array.elementType)}>`
  if (type.map) return `MAP<${describedType(type.map.keyType)},${describedType(type.map.valueType)}>`
  if (type.struct) {
    const fields = type.struct.fields ?? []
    return `STRUCT<${fields.map(({ name, dataType }) => `${name}: ${describedType(dataType)}`).join(', ')}>`
  }
  const [kind = 'unknown'] = Object.keys(type)
  return names[kind] ?? kind.toUpperCase()
}

const lossless: Readonly<Record<string, readonly string[]>> = {
  bool: ['BOOLEAN'],
  string: ['STRING'],
  int64: ['TINYINT', 'SMALLINT', 'INT', 'BIGINT'],
  float64: ['DOUBLE', 'FLOAT'],
  float32: ['FLOAT'],
  bytes: ['BINARY'],
  timestamp: ['TIMESTAMP', 'TIMESTAMP_NTZ', 'TIMESTAMP(9)', 'TIMESTAMP_NTZ(9)'],
  date: ['DATE'],
}

/** True if a column of Spark's type `found` holds values of the declared type without rounding or guessing. */
export function fits(declared: string, found: string): boolean {
  const type = parseType(declared)
  if (type.kind === 'scalar') return lossless[type.name]?.includes(found) ?? false
  if (type.kind !== 'decimal') return found === nameOf(type)
  const match = /^DECIMAL\((\d+),(\d+)\)$/.exec(found)
  if (!match) return false
  const [precision, scale] = [Number(match[1]), Number(match[2])]
  return scale <= type.scale && precision - scale <= type.precision - type.scale
}
