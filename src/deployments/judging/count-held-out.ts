import type { DeploymentData } from '../../definitions/index.ts'
import { type CellHistory, historyOf } from '../../evaluation/index.ts'
import type { ColumnReader } from '../../training/index.ts'
import { type RowsSet, readHeldOutRows } from './read-rows.ts'

export interface HeldOutCount {
  readonly deployment: DeploymentData
  readonly set: RowsSet
  /** Where its files are on this machine. */
  readonly files: readonly string[]
}

/** The top bit of a multiplicative hash: half of the rows, whatever order they come in. */
function isInHalf(row: number): boolean {
  return Math.imul(row, 0x9e37_79b1) < 0
}

/**
 * Counts the rows that would judge by cell, before there is a model: about half of the split that thresholds may be chosen
 * on, since half of its entities choose, and all later rows. Throws what readHeldOutRows throws.
 */
export async function countHeldOut(
  reader: ColumnReader,
  { deployment, set, files }: HeldOutCount,
): Promise<readonly CellHistory[]> {
  const { slices = [], contracts = [], entity, fairness } = deployment
  const terms = {
    ...{ slices, contracts },
    ...(entity === undefined ? {} : { entity }),
    ...(fairness === undefined ? {} : { fairness }),
  }
  const { rows, choosable } = await readHeldOutRows(reader, {
    request: { task: 'binary', terms },
    set,
    files,
  })
  const judge = Int32Array.from({ length: rows.rows }, (_, row) => row).filter(
    row => row >= choosable || isInHalf(row),
  )
  return historyOf({ rows, champion: null, judge, slices })
}
