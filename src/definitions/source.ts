import { type Duration, formatDuration, parseDuration } from '../kernel/time.ts'
import type { ChecksOf } from './checks.ts'
import { type ColumnsOfType, type ColumnTypes, columnData, columnRefs } from './columns.ts'
import { located } from './located.ts'
import type { Descriptive, FeedData, KnownAt, SourceData, SourceLocation, SqlParts } from './model.ts'

/** A Parquet file, or several by a glob. `rowNumber` names an int64 column that holds the 0-based row number in file order. */
export function parquet(path: string, options: { readonly rowNumber?: string } = {}): SourceLocation {
  return Object.freeze({ kind: 'parquet', path, ...options })
}

/** A CSV file with a header row unless `header` is false. */
export function csv(
  path: string,
  options: { readonly delimiter?: string; readonly header?: boolean } = {},
): SourceLocation {
  return Object.freeze({ kind: 'csv', path, ...options })
}

/** A table of a DuckDB database file, opened read-only. */
export function duckdbTable(path: string, table: string): SourceLocation {
  return Object.freeze({ kind: 'duckdb', path, table })
}

/** A table of a Postgres database; `url` names the environment variable that holds the connection string. */
export function postgresTable(url: string, table: string): SourceLocation {
  return Object.freeze({ kind: 'postgres', url, table })
}

/** One SELECT of one engine, as a source's `from`. */
type SqlLocation = Extract<SourceLocation, { kind: 'sql' }>

/**
 * One SELECT over other sources: ``sql`SELECT … FROM ${flights} JOIN ${zones} USING (airport)` ``. References are
 * objects; a table name in the text that is no reference is refused. Clock and randomness are refused too.
 * `sql.for({ duckdb: sql`…`, spark: sql`…` })` gives each engine its own text; both must give the same rows.
 */
export const sql = Object.assign(
  (text: TemplateStringsArray, ...sources: readonly SourceDefinition[]): SqlLocation => {
    const parts: (string | { readonly source: string })[] = []
    text.forEach((piece, index) => {
      parts.push(piece)
      const source = sources[index]
      if (source) parts.push(Object.freeze({ source: source.name }))
    })
    return Object.freeze({ kind: 'sql', dialect: 'duckdb', parts: Object.freeze<SqlParts>(parts) })
  },
  {
    for: (texts: { readonly duckdb: SqlLocation; readonly spark: SqlLocation }): SqlLocation =>
      Object.freeze({ ...texts.duckdb, spark: texts.spark.parts }),
  },
)

/**
 * Rows that Fettle accepts by HTTP and keeps in its journal; with a feed it takes rows from there too, each once and in
 * order. Known when accepted unless `knownAt` says otherwise.
 */
export function push(options: { readonly feed?: FeedData } = {}): SourceLocation {
  return Object.freeze({ kind: 'push', ...options })
}

/** A file of JSON lines that is only appended to, relative to the project. */
export function appendedFile(path: string): FeedData {
  return Object.freeze({ kind: 'file', path })
}

/** A Redis stream; `url` names the environment variable that holds the address. */
export function redisStream(url: string, stream: string): FeedData {
  return Object.freeze({ kind: 'redis', url, stream })
}

/** A Postgres table read in the order of an increasing int64 column; `url` names an environment variable. */
export function postgresFeed(
  url: string,
  table: { readonly table: string; readonly sequence: string },
): FeedData {
  return Object.freeze({ kind: 'postgres', url, ...table })
}

/** Rows with declared columns; columns not declared do not exist for Fettle. */
export interface SourceDefinition<Name extends string = string, Columns extends ColumnTypes = ColumnTypes>
  extends SourceData {
  readonly name: Name
  /** Type level only. */
  readonly __columns?: Columns
}

/** Columns of a source definition, at type level. */
export type ColumnsOf<Source> = Source extends SourceDefinition<string, infer Columns> ? Columns : never

export interface SourceOptions<Columns extends ColumnTypes> extends Descriptive {
  readonly from: SourceLocation
  readonly columns: Columns
  /** When it happened. A source without one can be joined in SQL but has no features, spine or label. */
  readonly eventTime?: ColumnsOfType<Columns, 'timestamp'>
  /**
   * When a row could first be known: a timestamp column, `{ delay }` after the event, 'ingest', or 'event'
   * (a person's claim that it is known when it happens). Left out: treated as 'event' and flagged *assumed*.
   */
  readonly knownAt?: ColumnsOfType<Columns, 'timestamp'> | { readonly delay: Duration } | 'ingest' | 'event'
  /** Orders rows of equal event and known time. */
  readonly sequence?: ColumnsOfType<Columns, 'int64'>
  /** Rows with the same id are versions of one event. */
  readonly eventId?: keyof Columns & string
  /** True makes the row a tombstone. */
  readonly deleted?: ColumnsOfType<Columns, 'bool'>
  /** Zone of timestamps that carry none: an IANA name (default UTC), or a column that holds one. */
  readonly zone?: string | { readonly column: ColumnsOfType<Columns, 'string'> }
  /** Times finer than microseconds are rounded down; otherwise they are refused. */
  readonly floor?: 'us'
  /** Fettle keeps its own copy of what it reads, which gives an unversioned source a version. */
  readonly copy?: boolean
  /** Data checks of the rows; blocking ones of single values keep bad rows apart. */
  readonly checks?: ChecksOf<Columns>
}

/** Declares where rows are, their columns with types, and their two times. */
export function source<const Name extends string, const Columns extends ColumnTypes>(
  name: Name,
  options: SourceOptions<Columns>,
): SourceDefinition<Name, Columns> {
  const { from, columns, eventTime, knownAt, sequence, eventId, deleted, zone, checks, ...descriptive } =
    options
  const data = columnData(columns)
  return located({
    kind: 'source',
    name,
    ...descriptive,
    from,
    columns: data,
    eventTime: eventTime ?? null,
    knownAt: knownAtData(knownAt, from),
    ...(sequence === undefined ? {} : { sequence }),
    ...(eventId === undefined ? {} : { eventId }),
    ...(deleted === undefined ? {} : { deleted }),
    ...(zone === undefined ? {} : { zone }),
    ...(checks === undefined ? {} : { checks: checks(columnRefs<Columns>(data)) }),
  })
}

function knownAtData(
  knownAt: string | { readonly delay: Duration } | undefined,
  from: SourceLocation,
): KnownAt {
  if (knownAt === undefined) return { kind: from.kind === 'push' ? 'ingest' : 'assumed' }
  if (knownAt === 'ingest' || knownAt === 'event') return { kind: knownAt }
  if (typeof knownAt === 'object') return { kind: 'delay', delay: canonicalDuration(knownAt.delay) }
  return { kind: 'column', column: knownAt }
}

/** The shortest text of a duration; text that is none is kept, for the check to report with its place. */
export function canonicalDuration(text: string): string {
  try {
    return formatDuration(parseDuration(text))
  } catch {
    return text
  }
}
