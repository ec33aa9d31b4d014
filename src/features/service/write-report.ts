import type { PushReport } from '../online/push.ts'
import type { PushOutcome, Rejection } from '../online/push-rows.ts'

const maxLines = 1_000

interface Outcome {
  readonly outcome: PushOutcome
  readonly code?: Rejection
}

/** The report of a request from that of its accepted rows: `positions[i]` is the place of accepted row i. */
export function wholeReport(
  received: number,
  accepted: { readonly positions: readonly number[]; readonly report: PushReport },
  rejected: ReadonlyMap<number, Rejection>,
): PushReport {
  const lines = new Map<number, Outcome>(
    accepted.report.rows.map(({ row, ...outcome }) => [accepted.positions[row] ?? row, outcome]),
  )
  for (const [row, code] of rejected) lines.set(row, { outcome: 'rejected', code })
  const rows = [...lines].map(([row, outcome]) => ({ row, ...outcome })).sort((a, b) => a.row - b.row)
  return {
    ...accepted.report,
    received,
    rejected: accepted.report.rejected + rejected.size,
    rows: rows.slice(0, maxLines),
  }
}

/** Nothing is written: the rows that could have been are refused with the others, without a code of their own. */
export function refusedReport(received: number, rejected: ReadonlyMap<number, Rejection>): PushReport {
  const rows = Array.from({ length: received }, (_, row) => {
    const code = rejected.get(row)
    return { row, outcome: 'rejected' as const, ...(code === undefined ? {} : { code }) }
  })
  const none = { applied: 0, superseded: 0, duplicate: 0, deferred: 0 }
  return { received, ...none, rejected: received, rows: rows.slice(0, maxLines) }
}
