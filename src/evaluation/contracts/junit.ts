import { isDefined, type Quantity } from '../../kernel/statistics/index.ts'
import type { ContractCell, ContractsReport } from '../reports/contracts.ts'

/**
 * A report as JUnit suites, for CI: one test per contract and cell. What breaks a protected contract is a failure, what is
 * undecided is skipped with the reason. Watched contracts and those on trial are suites of their own and never fail: what
 * they would have said is the message of a skipped test. Lines of XML, indented by two.
 */
export function contractSuites(report: ContractsReport): readonly string[] {
  const suites = (['protected', 'dry-run', 'watched'] as const).flatMap(status => {
    const cells = report.cells.filter(cell => cell.status === status)
    return cells.length > 0 ? [{ status, cells }] : []
  })
  return suites.flatMap(({ status, cells }) => [
    `  <testsuite name="contracts, ${status}" ${tally(cells)}>`,
    '    <properties>',
    ...properties(
      {
        verdict: report.verdict,
        summary: report.summary,
        stage: report.stage,
        rows: report.rowSet,
        contracts: report.setHash,
      },
      6,
    ),
    '    </properties>',
    ...cells.flatMap(testCase),
    '  </testsuite>',
  ])
}

function tally(cells: readonly ContractCell[]): string {
  const outcomes = cells.map(outcomeOf)
  const count = (outcome: string): number => outcomes.filter(each => each === outcome).length
  return `tests="${cells.length}" failures="${count('failure')}" errors="0" skipped="${count('skipped')}"`
}

function outcomeOf({ status, verdict }: ContractCell): 'passed' | 'failure' | 'skipped' {
  if (verdict === 'pass') return 'passed'
  return verdict === 'fail' && status === 'protected' ? 'failure' : 'skipped'
}

function testCase(cell: ContractCell): readonly string[] {
  const outcome = outcomeOf(cell)
  const said = `${cell.claim}. ${cell.advice}`
  return [
    `    <testcase classname="${escaped(cell.contract)}" name="${escaped(cell.slice)} ${escaped(cell.metric)}">`,
    '      <properties>',
    ...properties(numbersOf(cell), 8),
    '      </properties>',
    ...(outcome === 'failure'
      ? [`      <failure type="contract" message="${escaped(cell.claim)}">${escaped(said)}</failure>`]
      : []),
    ...(outcome === 'skipped'
      ? [`      <skipped message="${escaped(`${skippedAs(cell)}: ${said}`)}"/>`]
      : []),
    '    </testcase>',
  ]
}

function skippedAs({ status, verdict, reason }: ContractCell): string {
  const why = reason === null ? 'undecided' : `undecided, ${reason}`
  if (status === 'protected') return why
  return `${status === 'watched' ? 'watched' : 'on trial'}, ${verdict === 'fail' ? 'would break' : why}`
}

function numbersOf(cell: ContractCell): Readonly<Record<string, string>> {
  const quantity = (value: Quantity | null): string =>
    value === null ? '' : isDefined(value) ? String(value) : `undefined(${value.undefined})`
  return {
    verdict: cell.verdict,
    n: String(cell.rows),
    matured: String(cell.matured),
    effective: String(cell.effective),
    champion: quantity(cell.champion),
    challenger: quantity(cell.challenger),
    estimate: quantity(cell.estimate),
    lower: quantity(cell.lower),
    upper: quantity(cell.upper),
    margin: quantity(cell.margin),
    p_pass: quantity(cell.pPass),
    p_fail: quantity(cell.pFail),
    p_fail_holm: quantity(cell.pFailHolm),
    needed: quantity(cell.needed),
  }
}

function properties(values: Readonly<Record<string, string>>, indent: number): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === '' ? [] : [`${' '.repeat(indent)}<property name="${name}" value="${escaped(value)}"/>`],
  )
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
  '\r': '&#13;',
}

/** For attributes and text; what XML 1.0 has no form for becomes U+FFFD. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"\n\t\r]/g, character => entities[character] ?? character)
}
