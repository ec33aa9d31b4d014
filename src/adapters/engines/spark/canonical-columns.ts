import type { SourceData } from '../../../definitions/model.ts'
import { type CanonicalColumn, id, type RawSource } from '../../../features/index.ts'
import { sqlType } from './types.ts'

/** Declared columns as expressions over the raw rows. Texts that are no value of the type become null. */
export function canonicalColumns(source: SourceData, { described, textual }: RawSource): CanonicalColumn[] {
  const found = new Map(described.map(column => [column.name, column.type]))
  return source.columns.map(({ name, type }) => {
    const column = id(name)
    const time = type === 'timestamp'
    if (textual) {
      const read = time && source.floor !== undefined ? floored(column) : column
      return { name, type, value: fromText(read, type), naive: time ? `NOT ${hasZone(column)}` : 'false' }
    }
    const naive = time && !/^TIMESTAMP(\(9\))?$/.test(found.get(name) ?? '') ? 'true' : 'false'
    return { name, type, value: oneNaN(`CAST(${column} AS ${sqlType(type)})`, type), naive }
  })
}

/** A text of a time without what is finer than microseconds. */
function floored(column: string): string {
  return `regexp_replace(${column}, '([.][0-9]{6})[0-9]+', '$1')`
}

/** SQL condition per column: true for a time finer than microseconds, which only `floor` may round (by the cast). */
export function finerThanMicros(
  { floor, columns }: SourceData,
  { described, from }: RawSource,
): readonly { readonly name: string; readonly count: string }[] {
  if (floor !== undefined) return []
  const nanos = new Set(described.filter(({ type }) => type.endsWith('(9)')).map(({ name }) => name))
  return columns
    .filter(({ name, type }) => type === 'timestamp' && nanos.has(name))
    .map(({ name }) => ({
      name,
      count: `SELECT count(*) FROM ${from} WHERE ${id(name)} <> CAST(${id(name)} AS TIMESTAMP_NTZ)`,
    }))
}

function oneNaN(value: string, type: string): string {
  return type === 'float64' || type === 'float32'
    ? `CASE WHEN isnan(${value}) THEN CAST('NaN' AS ${sqlType(type)}) ELSE ${value} END`
    : value
}

const zone = '(Z|[+-][0-9]{2}(:?[0-9]{2})?)'

function hasZone(column: string): string {
  return `(${column} RLIKE '${zone}$')`
}

const patterns: Readonly<Record<string, string>> = {
  int64: '-?(0|[1-9][0-9]*)',
  float64: '[+-]?(([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|(?i:nan|inf|infinity))',
  float32: '[+-]?(([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|(?i:nan|inf|infinity))',
  timestamp: `[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6}0*)?)?)?${zone}?`,
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
}

function fromText(column: string, type: string): string {
  if (type === 'string') return column
  if (type === 'bytes') return `try_to_binary(${column}, 'base64')`
  if (type === 'bool') return `CASE lower(${column}) WHEN 'true' THEN true WHEN 'false' THEN false END`
  const pattern = patterns[type]
  const cast = type === 'timestamp' ? timestampFromText(column) : numberFromText(column, type)
  return oneNaN(
    pattern === undefined ? cast : `CASE WHEN ${column} RLIKE '^${pattern}$' THEN ${cast} END`,
    type,
  )
}

/** A number too large for a float is no infinity. */
function numberFromText(column: string, type: string): string {
  const cast = `TRY_CAST(${column} AS ${sqlType(type)})`
  if (type !== 'float64' && type !== 'float32') return cast
  return `CASE WHEN abs(${cast}) < CAST('Infinity' AS DOUBLE) OR ${column} RLIKE '(?i)[nf]' THEN ${cast} END`
}

/** Without a zone the text is read as if UTC; the shift from local time follows. `+02` and `+0200` become `+02:00`. */
function timestampFromText(column: string): string {
  const zoned = `CASE WHEN ${hasZone(column)} AND length(${column}) > 10 THEN regexp_replace(${column}, '([+-][0-9]{2}):?([0-9]{2})?$', '$1:$2') WHEN length(${column}) > 10 THEN ${column} || 'Z' ELSE ${column} || ' 00:00:00Z' END`
  return `CAST(TRY_CAST(regexp_replace(${zoned}, ':$', ':00') AS TIMESTAMP_LTZ) AS TIMESTAMP_NTZ)`
}
