import type { ContractCell, Verdict } from '../reports/contracts.ts'
import type { CellTest } from './cell-tests.ts'
import { counted, seenWords, shown } from './words.ts'

/** The sentence at the top of the page. `cells` are sorted, the worst first; `worst` is the test of the first of them. */
export function summaryOf(
  verdict: Verdict,
  cells: readonly ContractCell[],
  worst: CellTest | undefined,
): string {
  const [first] = cells
  if (first === undefined || worst === undefined)
    return 'No contract is declared for this stage: nothing was checked.'
  const deciding = cells.filter(cell => cell.status === 'protected')
  if (deciding.length === 0)
    return `Nothing protects this stage: ${counted(cells.length)} checks were watched.${dryRun(cells)}`
  const of = `of ${counted(deciding.length)} checks`
  const undecided = deciding.filter(cell => cell.verdict === 'inconclusive')
  const rest = undecided.length > 0 ? `; ${counted(undecided.length)} ${of} undecided` : ''
  if (verdict === 'fail') {
    const failing = deciding.filter(cell => cell.verdict === 'fail').length
    const more =
      failing > 1
        ? `, and ${counted(failing - 1)} more ${failing === 2 ? 'check breaks' : 'checks break'}`
        : ''
    return `Refused: at ${first.slice} ${seenWords(worst, first)}, allowed is ${allowed(worst, first)}${more}${rest}.${dryRun(cells)}`
  }
  if (verdict === 'inconclusive') {
    const next = undecided.find(cell => cell.needed !== null && cell.needed > 0)
    const needs = next
      ? `; ${next.contract} at ${next.slice} needs ${counted(next.needed ?? 0)} more rows`
      : ''
    return `Undecided: ${counted(undecided.length)} ${of} could not be decided${needs}.${dryRun(cells)}`
  }
  return `Passed: ${deciding.length === 1 ? 'the one check holds' : `all ${counted(deciding.length)} checks hold`}.${dryRun(cells)}`
}

function allowed(test: CellTest, { margin }: ContractCell): string {
  const bound = shown(margin ?? 0)
  if (test.form === 'atMost') return `at most ${bound}`
  if (test.form === 'atLeast') return `at least ${bound}`
  if (test.form === 'better') return margin === 0 ? 'only a gain' : `a gain of at least ${bound}`
  return bound
}

/** What contracts that only observe would have done. */
function dryRun(cells: readonly ContractCell[]): string {
  const observing = cells.filter(cell => cell.status === 'dry-run' && cell.reason !== 'no-champion')
  if (observing.length === 0) return ''
  const verdicts = observing.map(cell => cell.verdict)
  const would = verdicts.includes('fail')
    ? 'refuse it'
    : verdicts.includes('inconclusive')
      ? 'leave it undecided'
      : 'pass it'
  return ` Contracts on trial would ${would}.`
}
