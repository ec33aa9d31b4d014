import type { ContractPlanView, PlannedCellView } from '../../api/judged.ts'
import type { DeclaredContractsView } from '../../api/releases.ts'
import type { Paint } from '../io.ts'
import { formatCount, plain, plural, table } from './text.ts'

type DeclaredContract = DeclaredContractsView['contracts'][number]
type DeclaredCell = DeclaredContract['cells'][number]

/** What a release of a deployment may not do, contract by contract, with the rows that each slice needs. */
export function renderDeclaredContracts(declared: DeclaredContractsView, paint: Paint): string {
  const { deployment, contracts, last, from, basis } = declared
  if (contracts.length === 0) return `${deployment} declares no contracts.\n`
  const head = last ? `Release ${last.release}: ${plain(last.summary)}\n` : 'No release was judged yet.\n'
  const counted = from === 'nothing' ? 'Rows to come:' : 'Rows to come are counted from'
  return [`${head}${counted} ${plain(basis)}.\n`, ...contracts.map(each => renderContract(each, paint))].join(
    '\n',
  )
}

function renderContract(
  { name, claim, status, stage, dryRun, cells }: DeclaredContract,
  paint: Paint,
): string {
  const trial =
    dryRun === null || dryRun.observed >= dryRun.releases
      ? ''
      : `, on trial: has observed ${dryRun.observed} of ${dryRun.releases} releases`
  const rows = cells.map(cell => [
    cell.slice,
    rowsText(cell.expected),
    neededText(cell),
    decidableWords(cell),
    lastText(cell.last),
    missingText(cell.last),
  ])
  return [
    `${paint.bold(plain(claim))}  ${paint.dim(`${name}, ${status}, ${stage}${trial}`)}\n`,
    table(['slice', 'rows to come', 'rows needed', 'decidable', 'last', 'still missing'], rows),
    ...cells.filter(({ decidable }) => decidable === false).map(offerLine),
  ].join('')
}

const rowsText = (rows: number | null): string => (rows === null ? '?' : formatCount(rows))

function neededText({ needed, basis }: Pick<PlannedCellView, 'needed' | 'basis'>): string {
  if (needed === null) return '?'
  return basis === 'least' ? `${formatCount(needed)} or more` : formatCount(needed)
}

function decidableWords({ decidable }: Pick<PlannedCellView, 'decidable'>): string {
  if (decidable === null) return 'not known'
  return decidable ? 'yes' : 'never'
}

function lastText(last: DeclaredCell['last']): string {
  if (last === null) return '–'
  return last.reason === null ? last.verdict : `${last.verdict}: ${last.reason}`
}

function missingText(last: DeclaredCell['last']): string {
  if (last === null || last.needed === null || last.needed === 0) return '–'
  const days = last.neededDays === null ? '' : `, ${plural(last.neededDays, 'day')}`
  return `${plural(last.needed, 'row')}${days}`
}

const offerLine = ({ slice, offers }: Pick<PlannedCellView, 'slice' | 'offers'>): string =>
  `  ${plain(slice)}: ${offers.map(plain).join('; ')}\n`

/** Contracts of a deployment that is planned: how many can be decided, and those that never can. */
export function contractPlanLines({ from, basis, cells }: ContractPlanView, paint: Paint): string[] {
  const deciding = cells.filter(({ status }) => status === 'protected')
  const never = deciding.filter(({ decidable }) => decidable === false)
  const yes = deciding.filter(({ decidable }) => decidable === true)
  const counts = [
    [yes, 'can be decided'],
    [never, 'never can'],
    [deciding.filter(({ decidable }) => decidable === null), 'not known'],
  ] as const
  const words = counts.flatMap(([of, what]) => (of.length === 0 ? [] : [`${formatCount(of.length)} ${what}`]))
  const most = Math.max(0, ...deciding.flatMap(({ needed }) => needed ?? []))
  const head =
    from === 'nothing'
      ? `contracts: ${plural(cells.length, 'cell')}; ${plain(basis)}`
      : `contracts: ${plural(deciding.length, 'protected cell')}${words.map(each => `, ${each}`).join('')}; ${most === 0 ? 'rows needed are not known' : `up to ${formatCount(most)} rows are needed`} (${plain(basis)})`
  return [
    `     ${head}`,
    ...never
      .slice(0, shownNever)
      .map(cell =>
        paint.red(
          `     never: ${plain(cell.contract)} on ${plain(cell.slice)} needs ${neededText(cell)} rows and gets ${rowsText(cell.expected)}; ${cell.offers.map(plain).join('; ')}`,
        ),
      ),
    ...(never.length > shownNever ? [`     and ${plural(never.length - shownNever, 'more cell')}`] : []),
  ]
}

const shownNever = 5
