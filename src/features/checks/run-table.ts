import type { CheckData } from '../../definitions/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { OfflineSession } from '../offline/ports.ts'
import { id } from '../offline/sql-text.ts'
import { badRowsOf } from './bad-rows.ts'
import { judgeChecks } from './judge-checks.ts'
import type { ShownTable } from './measure.ts'
import type { CheckFacts, CheckOutcome, Measure } from './model.ts'
import {
  type CheckReport,
  type CheckResult,
  outcomeWords,
  type QuarantineFact,
  suiteVerdict,
} from './report.ts'

/** A table whose checks are run in a session that holds it. */
export interface CheckedTableRun {
  /** `source:flights` */
  readonly title: string
  readonly table: ShownTable
  readonly checks: readonly CheckData[]
  readonly facts: CheckFacts
  /** Runs the own SQL of a check apart from everything else. */
  readonly query?: (check: CheckData) => Promise<Measure>
  /** What was kept apart, for a source. */
  readonly quarantine?: QuarantineFact | null
}

/** Runs the checks of one table: every result with its counts, the SQL of its bad rows and the first of these. */
export async function runTableChecks(session: OfflineSession, run: CheckedTableRun): Promise<CheckReport> {
  const { title, table, facts, quarantine = null } = run
  const checks = await withOtherRows(session, run)
  const queries = new Map<CheckData, Measure>()
  for (const check of checks)
    if (check.check === 'unexpected_rows' && run.query) queries.set(check, await run.query(check))
  const judged = await judgeChecks(session, table, { checks, facts, queries })
  const results: CheckResult[] = []
  for (const [check, { outcome, measure }] of judged)
    results.push({
      ...resultOf(check, outcome),
      ...(check.check === 'missing_share_change' && measure?.kind === 'rows'
        ? { reference: { missing: measure.unexpected, rows: measure.rows } }
        : {}),
      ...(outcome.unexpected ? await badRowsOf(session, table, check) : {}),
    })
  const verdict = suiteVerdict(
    [...judged].map(([check, { outcome }]) => ({ check, outcome })),
    quarantine,
  )
  const rows = await countRows(session, table.relation)
  return { table: title, at: formatTimestamp(facts.now), rows, verdict, results, quarantine }
}

function resultOf(check: CheckData, outcome: CheckOutcome): CheckResult {
  const { name, columns, severity, owner, reason } = check
  return {
    name,
    check: check.check,
    columns,
    severity,
    ...(owner === undefined ? {} : { owner }),
    ...(reason === undefined ? {} : { why: reason }),
    ...outcome,
    found: outcomeWords(outcome),
  }
}

/** Rows of the sources that checks compare their own count with. */
async function withOtherRows(
  session: OfflineSession,
  { table, checks }: CheckedTableRun,
): Promise<readonly CheckData[]> {
  const prepared: CheckData[] = []
  for (const check of checks) {
    const { source } = check.params
    const compares = check.check === 'row_count_equals' && typeof source === 'string'
    const otherRows = compares ? { otherRows: await countRows(session, table.other(source)) } : {}
    prepared.push({ ...check, params: { ...check.params, ...otherRows } })
  }
  return prepared
}

/** Rows of a relation. */
async function countRows(session: OfflineSession, relation: string): Promise<number> {
  const [[rows = 0n] = []] = await session.rows(`SELECT count(*) FROM ${id(relation)}`, [
    { name: 'rows', type: 'int64' },
  ])
  return Number(rows)
}
