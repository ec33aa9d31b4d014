import type {
  EntityData,
  FeatureViewData,
  OnDemandData,
  SourceData,
  TrainingSetData,
} from '../definitions/model.ts'
import type { Field } from '../kernel/values/model.ts'

/** Version of a source by features.md §2.6. */
export type SourceVersion = `files:${string}` | `snapshot:${string}` | `watermark:${string}` | 'unversioned'

/** A training set with everything it needs, closed under reference: what the engine is given. */
export interface TrainingSetClosure {
  readonly trainingSet: TrainingSetData
  readonly entities: readonly EntityData[]
  /** In dependency order: a SQL source after what it selects from. */
  readonly sources: readonly SourceData[]
  readonly views: readonly (FeatureViewData & { readonly version: number })[]
  readonly onDemand: readonly OnDemandData[]
}

/** Views to materialise, closed under reference. */
export interface ViewClosure {
  readonly entities: readonly EntityData[]
  readonly sources: readonly SourceData[]
  readonly views: readonly (FeatureViewData & { readonly version: number; readonly semanticHash: string })[]
}

export interface TrainingSetManifest {
  readonly schema: 1
  /** `ds-<32 hex>`, features.md §7.7. */
  readonly id: string
  readonly name: string
  readonly definition: string
  readonly sources: Readonly<Record<string, SourceVersion>>
  readonly asOf: string
  readonly engine: string
  readonly columns: readonly (Field & {
    readonly role: 'row' | 'spine' | 'feature' | 'label' | 'split'
    readonly flags: readonly string[]
  })[]
  readonly spineRows: number
  readonly excluded: Readonly<Record<string, number>>
  readonly rows: number
  /** Rows per split. */
  readonly splits: Readonly<Record<string, number>>
  /** Status counts per feature: `{ departures_1h: { P: 10, F: 2 } }`. */
  readonly statuses: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Source rows that no spine row can see, by lookup and reason. */
  readonly skipped?: Readonly<
    Record<
      string,
      { readonly null_key: number; readonly null_event_time: number; readonly null_zone?: number }
    >
  >
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[]
  readonly checksum: string
  readonly reproducible: boolean
  readonly createdAt: string
  /** Rows that were erased since; `rows`, `splits`, `checksum` and `files` are those that are left. */
  readonly redacted?: number
  /** What they were before each erasure, oldest first. */
  readonly former?: readonly (Pick<TrainingSetManifest, 'rows' | 'splits' | 'checksum' | 'files'> & {
    readonly receipt: string
  })[]
}
