import type { SourceData } from '../../../definitions/model.ts'
import { id } from '../../../features/index.ts'
import type { RawColumns } from './raw-source.ts'
import { sqlType } from './types.ts'

/** SQL of one declared column: its value with the canonical type, and whether its timestamps carry no zone. */
export interface CanonicalColumn {
  readonly name: string
  readonly type: string
  readonly value: string
  /** SQL condition: this row's time is local. 'false' for other types and for columns with a zone. */
  readonly naive: string
}

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
        value: fromText(column, type),
        naive: type === 'timestamp' ? `NOT ${hasZone(column)}` : 'false',
      }
    return {
      name,
      type,
      value: fromTyped(column, type),
      naive: type === 'timestamp' && found.get(name) !== 'TIMESTAMP WITH TIME ZONE' ? 'true' : 'false',
    }
  })
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
