import { getRouteApi, Link } from '@tanstack/react-router'
import { Fragment, useState } from 'react'
import type { ContractCellView } from '../../../api/judged.ts'
import { IntervalBar, type Range } from '../../components/interval-bar.tsx'
import { boundsText, shortNumber, whyUndefined } from '../../components/measured.tsx'
import { Panel } from '../../components/page.tsx'
import { moveBetweenRows } from '../../components/row-keys.ts'
import { State } from '../../components/state.tsx'
import { formatCount } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import { CellDetails } from './cell-details.tsx'
import { cellId, drawnCell, forbiddenOf, limitsOf, limitText, seenText } from './contract-cells.ts'
import { verdictWords } from './words.ts'

const route = getRouteApi('/deployments/$name/releases/$number')

interface CellTableProps {
  readonly title: string
  readonly note: string
  readonly cells: readonly ContractCellView[]
  readonly domain: (cell: ContractCellView) => Range
}

const shownAtFirst = 25

/** Cells of one verdict, worst first; a row unfolds into everything its verdict rests on. */
export function CellTable({ title, note, cells, domain }: CellTableProps) {
  const { open } = route.useSearch()
  const [all, setAll] = useState(false)
  if (cells.length === 0) return null
  const shown = all ? cells : cells.slice(0, shownAtFirst)
  return (
    <Panel title={`${title} (${formatCount(cells.length)})`} note={note}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="table-wrap" tabIndex={0} aria-label={title}>
        <table className="cells">
          <thead>
            <tr>
              <th scope="col">Slice</th>
              <th scope="col">Contract</th>
              <th scope="col" className="bar-column">
                <span className="axis-ends">
                  <span>← better</span>
                  <span>worse →</span>
                </span>
              </th>
              <th scope="col">Seen, and its bounds</th>
              <th scope="col">Allowed</th>
              <th scope="col" className="right">
                n
              </th>
              <th scope="col" className="right">
                Still needed
              </th>
            </tr>
          </thead>
          <tbody onKeyDown={moveBetweenRows}>
            {shown.map(cell => (
              <Fragment key={cellId(cell)}>
                <CellRow cell={cell} domain={domain(cell)} isOpen={cellId(cell) === open} />
                {cellId(cell) === open ? (
                  <tr className="unfolded">
                    <td colSpan={7}>
                      <CellDetails cell={cell} />
                    </td>
                  </tr>
                ) : null}
              </Fragment>
            ))}
          </tbody>
        </table>
      </section>
      {cells.length > shownAtFirst ? (
        <p className="more">
          <button type="button" className="button" onClick={() => setAll(!all)}>
            {all ? `Show the first ${shownAtFirst}` : `Show all ${formatCount(cells.length)}`}
          </button>
        </p>
      ) : null}
    </Panel>
  )
}

function CellRow({ cell, domain, isOpen }: { cell: ContractCellView; domain: Range; isOpen: boolean }) {
  const { slice, contract, claim, metric, verdict, matured, lower, upper, estimate } = cell
  const drawn = drawnCell(cell)
  const limits = limitsOf(cell)
  return (
    <tr aria-current={isOpen ? 'true' : undefined}>
      <th scope="row">
        <Link
          to="."
          search={previous => ({ ...previous, open: isOpen ? undefined : cellId(cell) })}
          className="row-link"
          aria-expanded={isOpen}
          replace
          resetScroll={false}
        >
          {slice}
        </Link>
        <div>
          <State value={verdict} word={verdictWords[verdict]} />
        </div>
      </th>
      <td title={claim}>
        {metricWord(metric)}
        <div className="tiny muted">{contract}</div>
      </td>
      <td className="bar-column">
        {drawn === null ? null : (
          <IntervalBar
            domain={domain}
            {...drawn}
            forbidden={forbiddenOf(cell, domain)}
            mark={limits.at(-1)}
            tone={verdict}
          />
        )}
      </td>
      <td>
        {drawn === null ? (
          <span className="muted why-not">{whyUndefined(typeof estimate === 'number' ? lower : estimate)}</span>
        ) : (
          <span className="measured">
            <span className="num">{seenText(cell, shortNumber)}</span>
            <span className="num tiny muted">{boundsText({ lower: Number(lower), upper: Number(upper) })}</span>
          </span>
        )}
      </td>
      <td className="num">{limitText(cell, shortNumber)}</td>
      <td className="right">{formatCount(matured)}</td>
      <td className="right">{neededText(cell)}</td>
    </tr>
  )
}

function neededText({ needed, verdict }: ContractCellView) {
  if (verdict !== 'inconclusive') return <span className="muted">decided</span>
  return needed === null ? <span className="muted">no number decides it</span> : `${formatCount(needed)} more`
}
