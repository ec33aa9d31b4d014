import type { CheckReportView as CheckReport } from '../../api/checks.ts'
import { plain, table } from './text.ts'

const stateWords: Readonly<Record<CheckReport['results'][number]['state'], string>> = {
  pass: 'pass',
  warn: 'warn',
  fail: 'FAIL',
  error: 'ERROR',
  not_evaluated: 'not evaluated',
}

const verdictWords: Readonly<Record<CheckReport['verdict'], string>> = {
  pass: 'nothing blocks',
  fail: 'BLOCKED: a blocking check fails',
  inconclusive: 'HELD: a blocking check could not be judged',
}

/** One table's checks: the verdict, a line a check, and the SQL and first rows of what failed. */
export function renderCheckReport(report: CheckReport): string {
  const { table: name, rows, verdict, results, quarantine, at } = report
  const apart =
    quarantine === null || quarantine.rows === 0
      ? ''
      : `${quarantine.rows} of ${quarantine.of} rows kept apart; ${verdict === 'fail' ? 'nothing goes on' : `${quarantine.of - quarantine.rows} go on`}\n`
  const lines = table(
    ['state', 'check', 'severity', 'found'],
    results.map(each => [stateOf(each, verdict), each.name, each.severity, each.found]),
  )
  const failing = results.filter(each => each.sql !== undefined && each.state !== 'pass').map(renderBad)
  return `${name}: ${verdictWords[verdict]} (${rows} rows, at ${at.slice(0, 19)}Z)\n${apart}${lines}${failing.join('')}`
}

/** A blocking check that fails and yet blocks nothing had its bad rows kept apart. */
function stateOf(
  { state, severity }: CheckReport['results'][number],
  verdict: CheckReport['verdict'],
): string {
  return state === 'fail' && severity === 'block' && verdict === 'pass' ? 'kept apart' : stateWords[state]
}

const shownRows = 3

function renderBad({ name, sql = '', samples }: CheckReport['results'][number]): string {
  const rows = samples?.rows.slice(0, shownRows) ?? []
  const cells = rows.map(row => row.map(each => plain(each ?? 'null')))
  const shown = samples && rows.length > 0 ? table(samples.columns, cells) : ''
  return `\nBad rows of ${name}:\n${shown}${plain(sql)}\n`
}

/** Several reports, one after the other. */
export function renderCheckReports(reports: readonly CheckReport[]): string {
  if (reports.length === 0)
    return 'No checks are defined there. See what the data suggest: fettle checks suggest SOURCE --by COLUMN\n'
  return reports.map(renderCheckReport).join('\n')
}

/** Parts of the past that a check must have been tested on before it may block. */
const beforeBlocking = 7

interface Suggestions {
  readonly partitions: number
  readonly size: string
  readonly suggestions: readonly {
    readonly code: string
    readonly held: number
    readonly notEvaluated: number
  }[]
}

/** Drafts as TypeScript to paste, each with its evidence. */
export function renderSuggestions(source: string, { partitions, size, suggestions }: Suggestions): string {
  if (partitions < 2)
    return `${source} has ${partitions} ${size}s of data: too few to suggest anything. Try shorter parts: --partitions day\n`
  const lines = suggestions.map(
    ({ code, held, notEvaluated }) =>
      `    ${code}, // held in ${held} of ${partitions} ${size}s, would have failed 0 times, not evaluated ${notEvaluated}`,
  )
  const last =
    partitions < beforeBlocking
      ? `None of them may block yet: that takes ${beforeBlocking} parts of the past, there are ${partitions}.`
      : `Let them warn for ${beforeBlocking} more ${size}s before one of them gets severity: 'block'.`
  return `Drafts from ${partitions} ${size}s of ${source}:\n\n  checks: c => [\n${lines.join('\n')}\n  ],\n\n${last}\n`
}
