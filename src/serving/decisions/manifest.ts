import type { Micros } from '../../kernel/time.ts'
import type { DecisionLayout } from './columns.ts'

/** Which segment: of one node, one front. */
export interface SegmentKey {
  /** 32 hex digits. */
  readonly node: string
  readonly front: number
  readonly segment: number
}

/** A segment whose decisions are in files. */
export interface ShippedSegment extends SegmentKey {
  /** Decisions it held. */
  readonly rows: number
  readonly bytes: number
  /** Bytes of it that were no frame when it was read: the device had changed them. */
  readonly damagedBytes: number
  readonly shippedAt: Micros
  /** When the segment itself was deleted; null: it is still there. */
  readonly removedAt: Micros | null
}

/** A Parquet file of decisions of one deployment, from segments of one front that follow each other. */
export interface ShippedFile {
  /** Below the folder of decisions. */
  readonly path: string
  readonly deployment: string
  /** UTC day of the first segment. */
  readonly date: string
  readonly node: string
  readonly front: number
  /** First and last segment with a decision in it. */
  readonly first: number
  readonly last: number
  readonly rows: number
  readonly bytes: number
  /** Earliest and latest time of decision, µs. */
  readonly from: number
  readonly to: number
  readonly layout: DecisionLayout
}

/** Which segments have become files, and which files there are. What is not said here does not exist for readers. */
export interface DecisionManifest {
  segments(): Promise<readonly ShippedSegment[]>
  files(): Promise<readonly ShippedFile[]>
  /** Exactly once: false, and nothing changed, when the segment has been committed already. */
  commit(segment: ShippedSegment, files: readonly ShippedFile[]): Promise<boolean>
  /** Puts one file in the place of others; false, and nothing changed, unless all of them are there. */
  replace(paths: readonly string[], file: ShippedFile): Promise<boolean>
  markRemoved(key: SegmentKey, at: Micros): Promise<void>
}
