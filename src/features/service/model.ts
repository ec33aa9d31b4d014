import type { EntityData, OnDemandData, SourceData } from '../../definitions/model.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value, ValueType } from '../../kernel/values/index.ts'
import type { FeatureCells } from '../online/cells.ts'
import type { FeatureFault, OnlineView, ServedFeatures } from '../online/model.ts'
import type { PushReport } from '../online/push.ts'
import type { PushRow } from '../online/push-rows.ts'

/**
 * What the data plane answers without asking anybody: the applied definitions, written by the control plane as one file
 * whenever they change. Versions that something still pins are kept beside the live ones.
 */
export interface FeatureCatalog {
  readonly schema: 1
  /** Content hash. */
  readonly revision: string
  readonly entities: readonly EntityData[]
  readonly sources: readonly SourceData[]
  /** Live versions. */
  readonly views: readonly OnlineView[]
  /** Versions that were live before, each with its source as it was: `view@v1:feature` goes on reading them. */
  readonly former: readonly { readonly view: OnlineView; readonly source: SourceData }[]
  readonly onDemand: readonly OnDemandData[]
  /** Views whose live version has no complete generation yet: the version that answers meanwhile. Never in the file. */
  readonly standIns?: Readonly<Record<string, number>>
  /** Feature lists by name: a training set stands for the features it joins. */
  readonly services: Readonly<Record<string, ServedFeatures>>
  /** Sources that hold keys although no view says so: spines and labels of training sets. */
  readonly keyed?: readonly KeyedSource[]
}

/** Columns of a source that together hold a key of an entity. */
export interface KeyedSource {
  readonly source: string
  readonly entity: string
  readonly columns: readonly string[]
}

export interface FeatureReadRequest {
  /** `view:feature`, `view@v3:feature`; or the name of a feature list. Exactly one of them. */
  readonly features?: readonly string[]
  readonly service?: string
  /** Key and request columns, equally long. Values have their column's type already, or are decoded by `decode`. */
  readonly entities: Readonly<Record<string, readonly unknown[]>>
  /** Turns a value as it arrived into one of the type; throws TYPE_MISMATCH. */
  decode(value: unknown, type: ValueType, place: { readonly column: string; readonly row: number }): Value
  readonly fullNames?: boolean
  /** Views that cannot be read give ERROR instead of failing the request. */
  readonly partial?: boolean
  /** What is outside its max age is answered with its old value, whatever the view says; the status stays. */
  readonly expiredValues?: boolean
  readonly asOf: Micros
}

/** One q for the whole request (features.md §9). Columns in requested order; arrays run over entity rows. */
export interface FeatureAnswer {
  /** The same object for answers with equal columns and views: what depends on those alone can be kept for it. */
  readonly shape: object
  readonly asOf: Micros
  readonly rows: number
  /** Entity keys and request fields, in the order in which they are first needed. */
  readonly keys: readonly SentColumn[]
  readonly columns: readonly FeatureColumn[]
  readonly views: readonly ViewAnswer[]
  readonly errors: readonly FeatureFault[]
}

/** A column of the request that was used. */
export interface SentColumn {
  /** Its name for the entity or the on-demand feature; `sent` is the name under which it came. */
  readonly name: string
  readonly sent: string
  readonly role: 'key' | 'request'
  readonly type: ValueType
  readonly values: readonly Value[]
}

export interface FeatureColumn {
  readonly name: string
  readonly type: ValueType
  /** Name under which the view was looked up; null for on-demand outputs. */
  readonly lookup: string | null
  /** Its place in `views`; null for on-demand outputs. */
  readonly view: number | null
  readonly cells: FeatureCells
}

export interface ViewAnswer {
  /** Name of the lookup: that of the view unless a feature list says otherwise. */
  readonly name: string
  readonly version: number
  readonly kind: 'lookup' | 'window'
  /** Of window views. */
  readonly watermark: Micros | null
  /** Of as-of views, one per row; null where nothing was found. */
  readonly times: { readonly event: FeatureCells; readonly known: FeatureCells } | null
}

export interface FeatureWriteRequest {
  readonly source: string
  /** Only these views of it, online; the source need not be a push source then. Default: every view. */
  readonly views?: readonly string[]
  /** Rows in the order of the source's columns; undefined stands for a value that does not have its type. */
  readonly rows: readonly PushRow[]
  readonly now: Micros
  readonly to?: 'online' | 'offline' | 'both'
  readonly atomic?: boolean
  /** Equal id and body within seven days give the first report again. */
  readonly batchId?: string
  /** Content hash of the body, for `batchId`. */
  readonly bodyHash?: string
}

/**
 * One report for all views of the source: counts are those of its rows (features.md §10.1). Rows for the journal alone
 * (`to: 'offline'`, or a source without views) count as applied.
 */
export interface FeatureWriteReport extends PushReport {
  readonly replayed?: boolean
}

/** Reads and writes of features as every dialect uses them. */
export interface FeatureService {
  catalog(): FeatureCatalog
  /**
   * Throws FEATURE_VIEW_UNKNOWN, FEATURE_UNKNOWN, VERSION_UNKNOWN, TRAINING_SET_UNKNOWN, BAD_REFERENCE, NO_FEATURES,
   * EXACTLY_ONE_OF, NAME_COLLISION, RAGGED_DATA, KEY_MISSING, REQUEST_FIELD_MISSING, TYPE_MISMATCH, KEY_BAD_TEXT,
   * KEY_TOO_LONG, BATCH_TOO_LARGE, STORE_UNAVAILABLE.
   */
  read(request: FeatureReadRequest): Promise<FeatureAnswer>
  /**
   * Resolves when the rows are in the journal, synced, and visible to the next read. Throws SOURCE_UNKNOWN,
   * SOURCE_NOT_WRITABLE, BATCH_ID_REQUIRED, BATCH_ID_REUSED, BATCH_TOO_LARGE, JOURNAL_UNWRITABLE, STORE_UNAVAILABLE.
   */
  write(request: FeatureWriteRequest): Promise<FeatureWriteReport>
  /** Writes every acknowledged row of the sources into the store again, for one that lost its data. Says how many. */
  rebuild(): Promise<number>
  close(): Promise<void>
}
