import { isDefined } from '../../kernel/statistics/index.ts'
import type { ContractCell, ContractsReport, Verdict } from '../reports/contracts.ts'
import { html, htmlTable, type Markup } from './html.ts'
import { countText, numberText, quantityText } from './number-text.ts'

const mostCells = 200
const words: Readonly<Record<Verdict, string>> = {
  pass: 'holds',
  fail: 'broken',
  inconclusive: 'undecided',
}

/** The sentence that decides, then every contract on every slice, worst first. */
export function contractSection(report: ContractsReport): Markup {
  const { cells, verdict, summary, basis, judgedOn, alpha } = report
  const more =
    cells.length > mostCells ? html`<p class="soft">${cells.length - mostCells} more hold.</p>` : null
  return html`<h2>Contracts</h2>
<p>${verdictMark(verdict, summary)}</p>
<p class="soft">Judged on ${countText(judgedOn)} rows, ${basis}. A difference counts upwards when it is worse; each bound is one-sided and wrong with a chance of ${numberText(alpha * 100)} %. What is watched or on trial decides nothing.</p>
${htmlTable(
  ['Contract', 'Slice', 'Verdict', 'Rows', 'Champion', 'Here', 'Measured', 'Margin'],
  cells.slice(0, mostCells).map(cellRow),
)}${more}`
}

function cellRow(cell: ContractCell): readonly (string | Markup)[] {
  const status = cell.status === 'protected' ? null : html`<br><small>${cell.status}</small>`
  return [
    html`<span class="wide">${cell.claim}<br><small>${cell.advice}</small></span>`,
    cell.slice,
    html`${verdictMark(cell.verdict, words[cell.verdict])}${status}`,
    countText(Math.round(cell.effective)),
    quantityText(cell.champion),
    quantityText(cell.challenger),
    html`${quantityText(cell.estimate)}<br><small>${boundsText(cell)}</small>`,
    cell.margin === null ? '–' : numberText(cell.margin),
  ]
}

function verdictMark(verdict: Verdict, text: string): Markup {
  if (verdict === 'inconclusive') return html`<b>${text}</b>`
  return html`<span class="${verdict === 'pass' ? 'good' : 'bad'}">${text}</span>`
}

function boundsText({ lower, upper }: ContractCell): string {
  if (!isDefined(lower) && !isDefined(upper)) return ''
  return `${quantityText(lower)} … ${quantityText(upper)}`
}
