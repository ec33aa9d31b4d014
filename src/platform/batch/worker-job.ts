import type { BatchAssignment, RowsRelation } from '../../serving/index.ts'

/** What a worker process is told when it starts: plain JSON. */
export interface WorkerJob {
  readonly job: string
  readonly kind: 'batch' | 'shadow'
  /** release.json and the model files. */
  readonly releaseFolder: string
  readonly relation: RowsRelation
  readonly keep: readonly string[]
  readonly assignment: BatchAssignment | null
  /** Files are written below `<folder>/<partition>/`. */
  readonly folder: string
  readonly log: boolean
  /** Decimal µs; the instant of the features where all rows have the same. */
  readonly createdAt: string
  readonly asOf: string
}
