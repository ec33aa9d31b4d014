import type { SourceData } from '../definitions/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Micros } from '../kernel/time.ts'
import type { Machine } from '../training/index.ts'
import type { ErasedRows, Known, ReproductionReport } from './model.ts'

/** Facts that reproduction keeps: one each for a kind and subject, the last one stands. */
export interface ReproductionStore {
  put(fact: {
    readonly kind: FactKind
    readonly subject: string
    readonly at: Micros
    readonly body: Json
  }): Promise<void>
  find(kind: FactKind, subject: string): Promise<{ readonly at: Micros; readonly body: Json } | undefined>
  insertReport(report: StoredReport): Promise<void>
  findReport(id: string): Promise<StoredReport | undefined>
  /** Newest first. */
  listReports(query: { readonly model: string; readonly version: number }): Promise<readonly StoredReport[]>
}

/**
 * `origin` of a pipeline run; `run-manifest` of a pipeline run and `version-manifest` of `model@version`: the hash of the
 * object; `resolution` of `model@version`: which ingredients were missing when they were looked for; `cursor`: how far the
 * events of runs were followed.
 */
export type FactKind = 'origin' | 'run-manifest' | 'version-manifest' | 'resolution' | 'cursor'

/** A report with the hash of the object it is kept as. */
export interface StoredReport {
  readonly hash: string
  readonly at: Micros
  readonly report: ReproductionReport
}

export interface StoredSet {
  readonly files: readonly { readonly path: string; readonly hash: string }[]
  readonly erased: ErasedRows
}

/** What is there now, to be held against what a manifest wants. */
export interface Present {
  readonly build: string
  readonly machine: Machine
  commit(): Promise<Known<string>>
  /** Versions of sources as they are now; throws when one cannot be read. */
  sourceVersions(sources: readonly SourceData[]): Promise<Readonly<Record<string, string>>>
  /** A stored training set as it is now: rows that were erased since it was built are no longer in its files. */
  storedSet(id: string): Promise<StoredSet | undefined>
  /** The interpreter that environments are made with. */
  interpreter(): Promise<Known<{ readonly interpreter: string; readonly platform: string }>>
}
