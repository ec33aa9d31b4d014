import { contentHash, type Json } from '../../kernel/canonical.ts'
import {
  consequences,
  type DraftRefusal,
  type FoldedDeployment,
  foldLogRow,
  type RowDraft,
} from './fold-deployment.ts'
import type { RolloutLogRow } from './model.ts'

/** A row without its hash. */
export type UnsealedRow = Omit<RolloutLogRow, 'hash'>

/** Hash of a row: SHA-256 over the canonical JSON of all of it, the hash of the row before among it. */
export function sealRow(row: UnsealedRow): RolloutLogRow {
  return { ...row, hash: contentHash(plain(row)) }
}

/** Times are decimal strings: microseconds pass 2⁵³ in JSON numbers only by luck. */
function plain(row: UnsealedRow): Json {
  return { ...row, at: String(row.at) } as unknown as Json
}

/** The row that a draft becomes on top of a log, sealed, and what the log comes to with it; or why it cannot follow. */
export function nextRow(
  before: FoldedDeployment,
  draft: RowDraft,
): { readonly row: RolloutLogRow; readonly after: FoldedDeployment } | DraftRefusal {
  const after = foldLogRow(before, draft)
  if ('code' in after) return after
  const { weight: _, ...said } = draft
  const row = sealRow({
    ...said,
    ...consequences(before, after, draft),
    deployment: before.deployment,
    seq: before.seq + 1,
    evidence: draft.evidence ?? [],
    prevHash: before.hash,
  })
  return { row, after: { ...after, hash: row.hash } }
}

/** One sentence for each row whose place, predecessor or content is not what the chain says. */
export function chainFaults(rows: readonly RolloutLogRow[]): readonly string[] {
  return rows.flatMap((row, index) => {
    const { hash, ...unsealed } = row
    const before = rows[index - 1]
    if (row.seq !== (before?.seq ?? row.seq - 1) + 1)
      return [`row ${row.seq} does not follow row ${before?.seq}`]
    if (before ? row.prevHash !== before.hash : row.seq === 1 && row.prevHash !== null)
      return [`row ${row.seq} does not name the hash of the row before it`]
    return sealRow(unsealed).hash === hash ? [] : [`row ${row.seq} was altered: its hash is another one`]
  })
}
