import { isDefined } from '../../kernel/statistics/index.ts'
import type { ContractCell, ContractsReport } from '../reports/contracts.ts'
import { counted, shown } from './words.ts'

/** Cells of one kind that are told one by one; of more only their number is. */
const toldAtMost = 10

/**
 * A report for a terminal: the sentence that decides, then what breaks, what is undecided and what to do about it, then
 * what only observes, what holds, and what all of it rests on.
 */
export function contractsToText(report: ContractsReport): string {
  const waiting = report.cells.filter(cell => cell.reason === 'no-champion')
  const told = report.cells.filter(cell => cell.reason !== 'no-champion')
  const deciding = told.filter(cell => cell.status === 'protected')
  const observing = told.filter(cell => cell.status !== 'protected')
  const of = (verdict: ContractCell['verdict']) => deciding.filter(cell => cell.verdict === verdict)
  const noticed = observing.filter(cell => cell.verdict === 'fail')
  const sections = [
    [report.summary, ...noChampion(waiting)],
    section('Breaks', of('fail')),
    section('Undecided', of('inconclusive')),
    section('Watched, and would break', noticed),
    holding('Holds', of('pass')),
    holding(
      'Watched',
      observing.filter(cell => cell.verdict !== 'fail'),
    ),
    [footing(report)],
  ]
  return `${sections
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
}

/** One sentence for all comparisons of a first release. */
function noChampion(cells: readonly ContractCell[]): readonly string[] {
  if (cells.length === 0) return []
  const contracts = new Set(cells.map(({ contract }) => contract)).size
  const what = `${counted(contracts)} ${contracts === 1 ? 'contract' : 'contracts'} on ${counted(cells.length)} ${cells.length === 1 ? 'cell' : 'cells'}`
  return [
    `There is no champion yet to compare with: ${what} ${contracts === 1 ? 'decides' : 'decide'} from the next release on.`,
  ]
}

function section(title: string, cells: readonly ContractCell[]): readonly string[] {
  if (cells.length === 0) return []
  const more = cells.length - toldAtMost
  return [
    title,
    ...cells
      .slice(0, toldAtMost)
      .flatMap(cell => [
        `  ${cell.slice}: ${cell.claim}${cell.status === 'dry-run' ? ' (on trial)' : ''}`,
        `    ${cell.advice}`,
        `    ${numbers(cell)}  [${cell.contract}]`,
      ]),
    ...(more > 0 ? [`  … and ${counted(more)} more`] : []),
  ]
}

function numbers({ rows, matured, effective, champion, challenger, planned, needed }: ContractCell): string {
  const counting =
    Math.round(effective) === rows || effective === 0 ? '' : `, of which ${counted(effective)} count`
  const labelled = matured === rows ? '' : `, ${counted(matured)} with a label`
  const models = [
    ...(isDefined(champion) ? [`champion ${shown(champion)}`] : []),
    ...(isDefined(challenger) ? [`challenger ${shown(challenger)}`] : []),
  ]
  const plan = planned === null || needed === 0 ? [] : [`planned for ${counted(planned)}`]
  return [`${counted(rows)} ${rows === 1 ? 'row' : 'rows'}${labelled}${counting}`, ...models, ...plan].join(
    ' · ',
  )
}

/** One line per contract, with how many cells it has and the one nearest its margin. */
function holding(title: string, cells: readonly ContractCell[]): readonly string[] {
  const byContract = new Map<string, ContractCell[]>()
  for (const cell of cells) {
    const key = `${cell.contract} ${cell.metric}`
    byContract.set(key, [...(byContract.get(key) ?? []), cell])
  }
  const lines = [...byContract.values()].map(same => {
    const [nearest] = same
    const undecided = same.filter(cell => cell.verdict === 'inconclusive').length
    const where =
      same.length === 1
        ? `at ${nearest?.slice}`
        : `at ${counted(same.length)} slices, closest ${nearest?.slice}`
    return `  ${nearest?.contract}: ${nearest?.claim} ${where}${undecided > 0 ? `; ${counted(undecided)} undecided` : ''}`
  })
  return lines.length === 0 ? [] : [title, ...lines]
}

function footing({ judgedOn, chosenOn, alpha, family, basis, rowSet }: ContractsReport): string {
  const chosen =
    chosenOn === 0 ? 'none chose anything' : `${counted(chosenOn)} others chose thresholds and calibration`
  return [
    `Judged on ${counted(judgedOn)} rows; ${chosen}. ${basis}`,
    `Each bound is one-sided at ${shown(alpha)}; a break is adjusted for ${counted(family)} ${family === 1 ? 'check' : 'checks'}. Rows ${rowSet.slice(0, 19)}.`,
  ].join('\n')
}
