import type { FeatureViewData, LookupData, OnDemandData, SourceData } from '../../definitions/model.ts'
import type { Micros } from '../../kernel/time.ts'
import type { FeatureStatus, Value, ValueType } from '../../kernel/values/index.ts'
import type { CellTable } from './cells.ts'

/** A version of a view as the online store keeps it. */
export type OnlineView = FeatureViewData & {
  readonly version: number
  readonly semanticHash: string
}

/** What a release says about its features: all that is needed to look them up. */
export interface ServedFeatures {
  /** Entity key and request fields a caller sends. */
  readonly request: readonly { readonly name: string; readonly type: ValueType }[]
  readonly lookups: readonly LookupData[]
  readonly fullNames: boolean
  readonly views: readonly OnlineView[]
  readonly sources: readonly SourceData[]
  readonly onDemand: readonly OnDemandData[]
}

/** Features of some entity rows at one instant. Row i, column j: `values[i][j]`; columns are those of PreparedFeatures. */
export interface FeatureRows {
  readonly values: readonly (readonly Value[])[]
  readonly statuses: readonly (readonly FeatureStatus[])[]
  /** Event time of the row a value comes from; null for windows, on-demand features and where nothing was found. */
  readonly eventTimes: readonly (readonly (Micros | null)[])[]
  /** Known time of that row. */
  readonly knownTimes: readonly (readonly (Micros | null)[])[]
  /** One sentence for each thing that could not be computed or read. */
  readonly errors: readonly string[]
  /** The same with code and place. */
  readonly faults: readonly FeatureFault[]
  /** Why values are null although rows counted; `column` is an index into the columns. */
  readonly reasons?: readonly {
    readonly row: number
    readonly column: number
    readonly reason: 'overflow' | 'limit'
  }[]
  /** What the answer knows of each view of the request, in its order: null if it could not be read. */
  readonly watermarks: readonly (Micros | null)[]
}

/** Features of some entity rows at one instant, as columns. */
export interface FeatureTable extends Pick<FeatureRows, 'faults' | 'reasons' | 'watermarks'> {
  /** Columns of PreparedFeatures, then those of times (`timesAt`). */
  readonly table: CellTable
}

/** One thing that could not be computed or read; `row` and `column` where it concerns one. */
export interface FeatureFault {
  readonly column: string | null
  readonly row: number | null
  readonly code: string
  readonly message: string
}

/** A decoding plan, made once per release. */
export interface PreparedFeatures {
  /** Looked-up features named by `featureColumnName`, then on-demand outputs. */
  readonly names: readonly string[]
  readonly types: readonly ValueType[]
  /**
   * Answers every column for every row at one instant (features.md §9). A row is what the caller sent, by name. Throws
   * KEY_MISSING, REQUEST_FIELD_MISSING, TYPE_MISMATCH, KEY_BAD_TEXT, KEY_TOO_LONG, STORE_UNAVAILABLE; everything that
   * concerns single values is a status.
   */
  read(rows: readonly Readonly<Record<string, Value>>[], asOf: Micros): FeatureRows | Promise<FeatureRows>
  /** The same in the form it is read in. */
  readTable(
    rows: readonly Readonly<Record<string, Value>>[],
    asOf: Micros,
  ): FeatureTable | Promise<FeatureTable>
  /** By looked-up column: where the event times of its rows stand in the table; known times are the column behind. */
  readonly timesAt: readonly number[]
}

/** What a materialization did, view by view. Plain JSON. */
export interface MaterializationReport {
  readonly views: readonly ViewMaterialization[]
}

/** What a run did to one view (features.md §8.6). */
export interface ViewMaterialization {
  readonly view: string
  readonly version: number
  readonly generation: number
  /** `full`: a new generation; `incremental`: merged into the serving one; `unchanged`: nothing was left to do. */
  readonly mode: 'full' | 'incremental' | 'unchanged'
  /** True when a former attempt's finished chunks were kept. */
  readonly resumed: boolean
  /** read = applied + superseded + deferred + skipped (null keys and null event times are skipped but not read). */
  readonly read: number
  /** The winner of its key among the rows read, or an event that counts in a window. */
  readonly applied: number
  /** Another row wins, or another version of the event stands in its place. */
  readonly superseded: number
  /** Kept aside, visible later without another run. */
  readonly deferred: number
  readonly skipped: {
    readonly null_key: number
    readonly null_event_time: number
    readonly too_late: number
    readonly never_known: number
  }
  readonly keys: number
  readonly bytes: number
  /** RFC 3339; null: the view was not there before. */
  readonly watermarkBefore: string | null
  readonly watermarkAfter: string
  /** Known time of the newest merged row, RFC 3339; null when no row was merged. */
  readonly newestKnown: string | null
  /** µs between now and `newestKnown`; null when no row was merged. */
  readonly freshness: number | null
  readonly milliseconds: number
}
