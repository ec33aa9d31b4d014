import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ContractCellView, ContractsView } from '../../../api/judged.ts'
import { Hash } from '../../components/hash.tsx'
import { shortNumber } from '../../components/measured.tsx'
import { Empty } from '../../components/messages.tsx'
import { Facts, Panel } from '../../components/page.tsx'
import { State } from '../../components/state.tsx'
import { groupBy } from '../../data/group-by.ts'
import { formatCount, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { CellTable } from './cell-table.tsx'
import { claimsText, domainsOf } from './contract-cells.ts'
import { type ReleaseAt, releaseQueries } from './queries.ts'
import { ReportGate } from './report-gate.tsx'
import { SearchSelect } from './search-select.tsx'
import { type Verdict, verdictCounts, verdictOrder, verdictWords } from './words.ts'

const route = getRouteApi('/deployments/$name/releases/$number')

export function ContractsTab({ at }: { at: ReleaseAt }) {
  const query = useQuery(releaseQueries.report('releaseContracts', at))
  return (
    <ReportGate at={at} query={query} absent={emptyTexts.contracts}>
      {report => <Contracts report={report} />}
    </ReportGate>
  )
}

function Contracts({ report }: { report: ContractsView }) {
  const { contract, slice, verdict } = route.useSearch()
  const { cells } = report
  if (cells.length === 0) return <Empty text={emptyTexts.contracts} />
  const shown = cells.filter(
    cell =>
      (contract === undefined || cell.contract === contract) &&
      (slice === undefined || cell.slice === slice) &&
      (verdict === undefined || cell.verdict === verdict),
  )
  const domain = domainsOf(cells)
  const decisive = shown.filter(cell => cell.status === 'protected')
  const of = (status: ContractCellView['status']) => shown.filter(cell => cell.status === status)
  return (
    <>
      <p className="sentence verdict-line">
        <State value={report.verdict} iconOnly /> {report.summary}
      </p>
      <Overview cells={cells} />
      <div className="filters cell-filters">
        <SearchSelect label="Contract" param="contract" values={unique(cells.map(cell => cell.contract))} />
        <SearchSelect label="Slice" param="slice" values={unique(cells.map(cell => cell.slice))} />
        <SearchSelect
          label="Verdict"
          param="verdict"
          values={verdictOrder}
          word={value => verdictWords[value as Verdict]}
        />
        <p className="small muted" role="status">
          {shown.length === cells.length
            ? plural(cells.length, 'cell')
            : `${formatCount(shown.length)} of ${plural(cells.length, 'cell')}`}
        </p>
      </div>
      <p className="panel-note">
        Each bar is what the rows allow to be true, the line in it the estimate. Worse is to the right; what
        is shaded is not allowed. A check holds when its bar ends before the shade, and breaks when it begins
        within it; where nothing may move, both sides are shaded.
      </p>
      {shown.length === 0 ? <Empty text={emptyTexts.filtered} /> : null}
      {verdictOrder.map(each => (
        <CellTable
          key={each}
          title={sectionTitles[each]}
          note={sectionNotes[each]}
          cells={decisive.filter(cell => cell.verdict === each)}
          domain={domain}
        />
      ))}
      <CellTable
        title="On trial"
        note="New contracts that only observe for some releases: what they would have said. They decide nothing."
        cells={of('dry-run')}
        domain={domain}
      />
      <CellTable title="Watched" note="Reported, and never decisive." cells={of('watched')} domain={domain} />
      <Basis report={report} />
    </>
  )
}

const sectionTitles: Readonly<Record<Verdict, string>> = {
  fail: 'Breaks',
  inconclusive: 'Undecided',
  pass: 'Holds',
}
const sectionNotes: Readonly<Record<Verdict, string>> = {
  fail: 'Proven harm beyond what is allowed. One such cell refuses the release.',
  inconclusive: 'Neither proven good nor proven harmful: undecided is not a pass.',
  pass: 'Proven to stay within what is allowed, nearest to the limit first.',
}

const unique = (values: readonly string[]) => [...new Set(values)].toSorted()

/** Every contract on one line, each of its cells as a mark: what breaks is seen among hundreds. */
function Overview({ cells }: { cells: readonly ContractCellView[] }) {
  const contracts = groupBy(cells, cell => cell.contract)
  return (
    <Panel title="All contracts" aside="click one to see its cells only">
      <ul className="contract-lines">
        {[...contracts].map(([name, same]) => (
          <li key={name}>
            <div>
              <Link to="." search={previous => ({ ...previous, contract: name })} replace resetScroll={false}>
                {name}
              </Link>{' '}
              {same[0]?.status === 'protected' ? null : <span className="tag">{statusWord(same[0])}</span>}
              <p className="small soft">{claimsText(same)}</p>
            </div>
            <Marks cells={same} />
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function statusWord(cell: ContractCellView | undefined): string {
  return cell?.status === 'dry-run' ? 'on trial' : 'watched'
}

const glyphs: Readonly<Record<Verdict, string>> = { fail: '✕', inconclusive: '?', pass: '·' }

function Marks({ cells }: { cells: readonly ContractCellView[] }) {
  const counts = verdictCounts(cells.map(cell => cell.verdict))
  return (
    <div>
      <p className="cell-marks" aria-hidden="true">
        {cells.map(cell => (
          <i
            key={`${cell.metric} ${cell.slice}`}
            className={cell.verdict}
            title={`${cell.slice}: ${verdictWords[cell.verdict]}`}
          >
            {glyphs[cell.verdict]}
          </i>
        ))}
      </p>
      <p className="tiny muted">{counts}</p>
    </div>
  )
}

function Basis({ report }: { report: ContractsView }) {
  return (
    <Panel title="What this rests on">
      <Facts
        items={[
          ['Rows', report.basis],
          [
            'Judged on',
            `${formatCount(report.judgedOn)} rows; ${report.chosenOn === 0 ? 'none chose anything' : `${formatCount(report.chosenOn)} others chose thresholds and calibration, and judge nothing`}`,
          ],
          ['Stage', report.stage],
          [
            'Error',
            `each bound is one-sided at ${shortNumber(report.alpha)}; a break is adjusted for ${plural(report.family, 'check')} (Holm)`,
          ],
          ['Contracts', <Hash key="set" value={report.setHash} />],
          ['Row set', <Hash key="rows" value={report.rowSet} />],
        ]}
      />
    </Panel>
  )
}
