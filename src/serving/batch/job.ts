import { contentHash, type Json, sha256Hex } from '../../kernel/canonical.ts'
import type { BatchTerms, Partition } from './model.ts'

/** Rows of a partition: a row group of the files the engine writes. */
export const defaultPartitionRows = 122_880

/** `bj-<32 hex>`: the same terms are the same job, whoever submits them and when. */
export function batchJobId(terms: BatchTerms): string {
  return `bj-${contentHash(terms as unknown as Json).slice('sha256:'.length, 'sha256:'.length + 32)}`
}

/** Half-open ranges that cover the rows once; none for no rows. */
export function partitionsOf(rows: number, partitionRows: number): readonly Partition[] {
  return Array.from({ length: Math.ceil(rows / partitionRows) }, (_, partition) => ({
    partition,
    from: partition * partitionRows,
    to: Math.min(rows, (partition + 1) * partitionRows),
  }))
}

/**
 * The base of a chunk's prediction ids: a UUID v7 whose time is the job's and whose other bits come from the hash of job,
 * partition and chunk, so that scoring a partition again gives the same ids.
 */
export function batchBase(job: string, place: { partition: number; chunk: number; millis: number }): string {
  const { partition, chunk, millis } = place
  const hex = sha256Hex(`${job}/${partition}/${chunk}`)
  const time = millis.toString(16).padStart(12, '0')
  const variant = '89ab'[Number.parseInt(hex[3] ?? '0', 16) & 3]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`
}
