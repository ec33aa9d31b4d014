import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { encodeRecord, type JournalRecord } from '../service/journal/records.ts'
import { allBatches, encodeHeader, readSealed, type SegmentFile } from '../service/journal/segments.ts'
import type { RowMatcher } from './source-rows.ts'

/** Rows of erased keys in the journal of one source. It may be written to at the same time. */
export function countErased(folder: string, matcher: RowMatcher): number {
  let count = 0
  for (const { batch, fields } of allBatches(folder)) {
    const matches = matcher(fields)
    for (const row of batch.rows) if (matches(row)) count += 1
  }
  return count
}

/**
 * Replaces the rows of erased keys in a segment that is no longer written to by rows of nulls: every other row keeps its
 * ingest sequence. The new file takes the place of the old one when it is on the device; says how many rows it changed.
 */
export function eraseFromSegment({ path, first }: SegmentFile, matcher: RowMatcher): number {
  const { records, createdAt } = readSealed(path)
  let matches = matcher([])
  let erased = 0
  const kept = records.map((record): JournalRecord => {
    if (record.kind === 'schema') matches = matcher(record.fields)
    if (record.kind !== 'batch') return record
    const rows = record.rows.map(row => (matches(row) ? row.map(() => null) : row))
    const changed = rows.filter((row, index) => row !== record.rows[index]).length
    erased += changed
    return changed === 0 ? record : { ...record, rows }
  })
  if (erased > 0) replace(path, [encodeHeader(first, createdAt), ...encoded(kept)])
  return erased
}

function encoded(records: readonly JournalRecord[]): readonly Buffer[] {
  let fields: Parameters<typeof encodeRecord>[1] = []
  return records.map(record => {
    if (record.kind === 'schema') fields = record.fields
    return encodeRecord(record, fields)
  })
}

function replace(path: string, pieces: readonly Buffer[]): void {
  const aside = `${path}.erasing`
  const file = openSync(aside, 'w', 0o600)
  try {
    for (const piece of pieces) for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(aside, path)
  const folder = openSync(dirname(path), 'r')
  fsyncSync(folder)
  closeSync(folder)
}
