import type { Micros } from '../../kernel/time.ts'
import type { CheckFacts } from './model.ts'
import type { CheckReport } from './report.ts'

/** Facts of a run from the reports of former runs of the same table, newest first; the last of a day counts. */
export function factsFrom(now: Micros, reports: readonly CheckReport[]): CheckFacts {
  const byDay = new Map<string, number>()
  const missing: Record<string, { missing: number; rows: number }> = {}
  const today = new Date(Number(now / 1000n)).toISOString().slice(0, 10)
  for (const { at, rows, results } of reports) {
    const date = at.slice(0, 10)
    if (!byDay.has(date)) byDay.set(date, rows)
    if (date < today) for (const { name, reference } of results) if (reference) missing[name] ??= reference
  }
  const history = [...byDay]
    .map(([date, rows]) => ({ date, rows }))
    .sort((a, b) => (a.date < b.date ? -1 : 1))
  return { now, history, missing }
}
