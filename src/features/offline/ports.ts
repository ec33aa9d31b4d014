import type { SourceData } from '../../definitions/model.ts'
import type { Micros } from '../../kernel/time.ts'
import type { ColumnRun, Field, Rows, Value } from '../../kernel/values/index.ts'
import type { ViewClosure } from '../model.ts'
import type { SqlDialect } from './dialect.ts'
import type { EngineCapabilities } from './engine-gaps.ts'
import type { Reach } from './reach.ts'

/** Rows of a query in the engine's own pieces, column by column. Valid until the next piece is asked for. */
export interface Batch {
  readonly rows: number
  readonly columns: readonly ColumnRun[]
}

export interface SessionOptions {
  /** Where relative paths of sources start. */
  readonly projectFolder: string
  /** Left out: everything this process may touch. Configuration is locked either way. */
  readonly reach?: Reach
  /** Aborting stops the running statement within two seconds; the statement rejects with the reason. */
  readonly signal?: AbortSignal
  /** Share of the running statement, 0 to 1, at least once a second for long ones. */
  readonly onShare?: (share: number) => void
}

/** How the rows of a source are held. `no`: read again by each query. `stored`: evaluated once, in any order. */
export type Keep = 'no' | 'stored'

/**
 * A private workspace of the engine. Relations made in it are temporary and vanish with it. SQL is of the engine's
 * dialect; sessions run with the time zone UTC. Errors are FettleErrors: SOURCE_UNREADABLE, SOURCE_BAD_VALUE,
 * SCHEMA_MISMATCH, SQL_*, OUT_OF_SPACE.
 */
export interface OfflineSession {
  readonly dialect: SqlDialect
  /** Bytes that windows may hold in this process at a time; more is swept in parts. */
  readonly sweepBytes: number
  /**
   * Makes relation {@link sourceRelation} of a source: the declared columns with canonical types (timestamps in UTC, one
   * quiet NaN) and, if it has an event time, `__e` and `__k`: event and known time in µs (BIGINT). `where`: only rows for
   * which this condition over these columns is true.
   */
  addSource(source: SourceData, keep: Keep, where?: string): Promise<void>
  /** Makes a table of rows held in memory. */
  addRows(relation: string, rows: Rows): Promise<void>
  /** Makes a table from column runs; all pieces have the fields' columns. */
  addColumns(relation: string, fields: readonly Field[], pieces: Iterable<Batch>): Promise<void>
  /** Evaluates a query once and holds its rows as a relation, which replaces one of that name. */
  createTable(relation: string, sql: string): Promise<void>
  /** As createTable; column `__n` numbers the rows 0, 1, … in the order the query asks for. */
  createNumbered(relation: string, sql: string): Promise<void>
  /** Runs one statement without a result. */
  run(sql: string): Promise<void>
  /** Rows of a small result. */
  rows(sql: string, fields: readonly Field[]): Promise<Value[][]>
  /** Rows of a result of any size, in the order the statement asks for. */
  stream(sql: string, fields: readonly Field[]): AsyncIterable<Batch>
  /** Writes the rows of a query to a Parquet file, in order. */
  writeParquet(sql: string, path: string): Promise<void>
  /** Rows of a Parquet file written by {@link writeParquet}, in its order. */
  readParquet(path: string, fields: readonly Field[]): AsyncIterable<Batch>
  close(): Promise<void>
}

/** Reads one view's rows as they stand, for materialization. */
export interface ScanRequest {
  readonly closure: ViewClosure
  readonly view: string
  readonly projectFolder: string
  /** Known times after this (exclusive); null: from the beginning. */
  readonly knownAfter: Micros | null
  /** Known times up to this, inclusive. */
  readonly knownUpTo: Micros
  /** Event times from this (inclusive); null: all. */
  readonly eventFrom: Micros | null
  /** Adds `__place` (int64): of rows of one event, known time and sequence, each one's place in the order of the whole row. */
  readonly places?: boolean
  readonly signal?: AbortSignal
}

export interface ViewScan {
  /**
   * Key columns under the entity's names, `__event` and `__known` (timestamp), `__sequence` (int64) and `__deleted` (bool)
   * where the source has them, then the source columns the view's features read.
   */
  readonly fields: readonly Field[]
  /** Columnar: `chunk[j][i]` is column j of row i. Sorted by key, then (event, known, sequence, whole row). */
  readonly chunks: AsyncIterable<readonly (readonly Value[])[]>
  /** Complete once the chunks are read. */
  skipped(): { readonly null_key: number; readonly null_event_time: number }
}

/**
 * Scans of the views of one closure, which read each source once. One scan at a time; a view is scanned once, or twice
 * where its events have versions.
 */
export interface ScanScope {
  scanView(request: ScanRequest): Promise<ViewScan>
  close(): Promise<void>
}

/** Where point-in-time joins, windows and SQL sources run. */
export interface OfflineEngine {
  /** Name and version, part of every manifest: `duckdb 1.5.5`. */
  readonly version: string
  readonly capabilities: EngineCapabilities
  open(options: SessionOptions): Promise<OfflineSession>
  /** One scan by itself; its sources are read for it alone. */
  scanView(request: ScanRequest): Promise<ViewScan>
  /** Opens a scope for several scans; what they share is held until it closes. */
  openScans(closure: ViewClosure, options: SessionOptions): Promise<ScanScope>
  close(): Promise<void>
}

/** Relation of a source inside a session. */
export function sourceRelation(name: string): string {
  return `src_${name}`
}
