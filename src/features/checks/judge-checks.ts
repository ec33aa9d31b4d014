import { type CheckData, checkWords } from '../../definitions/index.ts'
import { parseTimestamp } from '../../kernel/time.ts'
import type { OfflineSession } from '../offline/ports.ts'
import { absentColumns } from './columns.ts'
import { judge } from './judge.ts'
import { type MeasuredTable, measureChecks } from './measure.ts'
import type { CheckFacts, CheckOutcome, Measure } from './model.ts'
import { judgeSchema } from './schema-checks.ts'

/** Checks of one table with what judging them needs. `queries`: what the own SQL of checks returned. */
export interface ChecksToJudge {
  readonly checks: readonly CheckData[]
  readonly facts: CheckFacts
  readonly queries?: ReadonlyMap<CheckData, Measure>
}

/** Measures and judges every check of a table. No check's failure touches another. */
export async function judgeChecks(
  session: OfflineSession,
  table: MeasuredTable,
  { checks, facts, queries = new Map() }: ChecksToJudge,
): Promise<ReadonlyMap<CheckData, { readonly outcome: CheckOutcome; readonly measure?: Measure }>> {
  const early = new Map(checks.map(check => [check, withoutRows(check, table, facts)]))
  const measured = await measureChecks(
    session,
    table,
    checks.filter(check => early.get(check) === undefined),
  )
  return new Map(
    checks.map(check => {
      const outcome = early.get(check)
      if (outcome) return [check, { outcome }]
      const measure = measured.get(check) ??
        queries.get(check) ?? { kind: 'unjudged' as const, reason: 'not-run' }
      return [check, { outcome: judge(check, measure, { columns: table.columns, facts }), measure }]
    }),
  )
}

/** Outcome that needs no rows: expired, columns that are not there, checks of the columns themselves. */
function withoutRows(check: CheckData, table: MeasuredTable, facts: CheckFacts): CheckOutcome | undefined {
  const expires = check.expires === undefined ? undefined : parseTimestamp(check.expires)
  if (expires !== undefined && expires <= facts.now) return { state: 'error', code: 'CHECK_EXPIRED' }
  if (checkWords[check.check]?.target === 'schema') return judgeSchema(check, table.columns)
  if (absentColumns(check, table.columns).length > 0) return { state: 'error', code: 'NO_SUCH_COLUMN' }
  return undefined
}
