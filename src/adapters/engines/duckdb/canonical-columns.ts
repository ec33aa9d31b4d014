import type { SourceData } from '../../../definitions/model.ts'
import { type CanonicalColumn, id, type RawColumns } from '../../../features/index.ts'
import { sqlType } from './types.ts'

/** Declared columns as expressions over the raw rows. Texts that are no value of the type become null; see `badText`. */
export function canonicalColumns(
  source: SourceData,
  described: RawColumns,
  textual: boolean,
): CanonicalColumn[] {
  const found = new Map(described.map(column => [column.name, column.type]))
  return source.columns.map(({ name, type }) => {
    const column = id(name)
    if (textual)
      return {
        name,
        type,
        value: fromText(source.floor === undefined ? column : floored(column, type), type),
        naive: type === 'timestamp' ? `NOT ${hasZone(column)}` : 'false',
      }
    return {
      name,
      type,
      value: timeOf(column, found.get(name)) ?? fromTyped(column, type),
      naive: type === 'timestamp' && found.get(name) !== 'TIMESTAMP WITH TIME ZONE' ? 'true' : 'false',
    }
  })
}

/** Times of the column types that have a way of their own. */
function timeOf(column: string, found: string | undefined): string | undefined {
  if (found === 'TIMESTAMP_NS') return flooredNanos(column)
  if (found !== 'TIMESTAMP WITH TIME ZONE') return undefined
  // The cast asks the calendar of a time zone for every row; in UTC only infinities need it.
  return `CASE WHEN isfinite(${column}) THEN make_timestamp(epoch_us(${column})) ELSE CAST(${column} AS TIMESTAMP) END`
}

/** A time of nanoseconds, rounded towards the past. */
function flooredNanos(column: string): string {
  const nanos = `epoch_ns(${column})`
  return `make_timestamp((${nanos} - ((${nanos} % 1000) + 1000) % 1000) // 1000)`
}

/** A text of a time without what is finer than microseconds. */
function floored(column: string, type: string): string {
  return type === 'timestamp' ? `regexp_replace(${column}, '(\\.[0-9]{6})[0-9]+', '\\1')` : column
}

/** SQL condition per column: true for a time finer than microseconds, which only `floor` may round. */
export function finerThanMicros(
  source: SourceData,
  described: RawColumns,
): { name: string; finer: string }[] {
  if (source.floor !== undefined) return []
  const nanos = new Set(described.filter(column => column.type === 'TIMESTAMP_NS').map(({ name }) => name))
  return source.columns
    .filter(column => column.type === 'timestamp' && nanos.has(column.name))
    .map(({ name }) => ({ name, finer: `epoch_ns(${id(name)}) % 1000 <> 0` }))
}

function fromTyped(column: string, type: string): string {
  if (type === 'timestamp') return `CAST(${column} AS TIMESTAMP)`
  return oneNaN(`CAST(${column} AS ${sqlType(type)})`, type)
}

function oneNaN(value: string, type: string): string {
  return type === 'float64' || type === 'float32'
    ? `CASE WHEN isnan(${value}) THEN 'NaN'::${sqlType(type)} ELSE ${value} END`
    : value
}

function hasZone(column: string): string {
  return `regexp_matches(${column}, '(Z|[+-][0-9]{2}(:?[0-9]{2})?)$')`
}

const patterns: Readonly<Record<string, string>> = {
  int64: '-?(0|[1-9][0-9]*)',
  timestamp:
    '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6}0*)?)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?',
  date: '[0-9]{4}-[0-9]{2}-[0-9]{2}',
}

function fromText(column: string, type: string): string {
  if (type === 'string') return column
  if (type === 'bytes') return `TRY(from_base64(${column}))`
  if (type === 'bool') return `CASE lower(${column}) WHEN 'true' THEN true WHEN 'false' THEN false END`
  const pattern = patterns[type]
  const cast = type === 'timestamp' ? timestampFromText(column) : `TRY_CAST(${column} AS ${sqlType(type)})`
  return oneNaN(
    pattern === undefined ? cast : `CASE WHEN regexp_full_match(${column}, '${pattern}') THEN ${cast} END`,
    type,
  )
}

/** Without a zone the text is read as if UTC; the shift from local time follows. */
function timestampFromText(column: string): string {
  const withZone = `CASE WHEN ${hasZone(column)} THEN ${column} ELSE ${column} || (CASE WHEN length(${column}) > 10 THEN 'Z' ELSE ' 00:00:00Z' END) END`
  return `TRY_CAST(${withZone} AS TIMESTAMPTZ)::TIMESTAMP`
}
