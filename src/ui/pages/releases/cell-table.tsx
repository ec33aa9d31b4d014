import { getRouteApi, Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import type { ContractCellView } from '../../../api/judged.ts'
import { useFirst } from '../../components/first-rows.tsx'
import { IntervalBar, type Range } from '../../components/interval-bar.tsx'
import { reasonText, shortNumber, whyUndefined } from '../../components/measured.tsx'
import { Panel } from '../../components/page.tsx'
import { moveBetweenRows } from '../../components/row-keys.ts'
import { State } from '../../components/state.tsx'
import { formatCount } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import { CellDetails } from './cell-details.tsx'
import {
  cellId,
  drawnCell,
  forbiddenOf,
  limitsOf,
  limitText,
  seenBounds,
  seenText,
} from './contract-cells.ts'
import { verdictWords } from './words.ts'

const route = getRouteApi('/deployments/$name/releases/$number')

interface CellTableProps {
  readonly title: string
  readonly note: string
  readonly cells: readonly ContractCellView[]
  readonly domain: (cell: ContractCellView) => Range
}

/** What holds needs less room than what is to be read. */
const firstOf = (cells: readonly ContractCellView[]) =>
  cells.every(cell => cell.verdict === 'pass') ? 8 : 40

/** Cells of one verdict, worst first; a row unfolds into everything its verdict rests on. */
export function CellTable({ title, note, cells, domain }: CellTableProps) {
  const { open } = route.useSearch()
  const [shown, more] = useFirst(cells, firstOf(cells))
  if (cells.length === 0) return null
  return (
    <Panel title={`${title} (${formatCount(cells.length)})`} note={note}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="table-wrap" tabIndex={0} aria-label={title}>
        <table className="cells">
          <thead>
            <tr>
              <th scope="col">Slice and contract</th>
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
                    <td colSpan={6}>
                      <CellDetails cell={cell} />
                    </td>
                  </tr>
                ) : null}
              </Fragment>
            ))}
          </tbody>
        </table>
      </section>
      {more}
    </Panel>
  )
}

function CellRow({ cell, domain, isOpen }: { cell: ContractCellView; domain: Range; isOpen: boolean }) {
  const { slice, contract, claim, metric, verdict, matured, lower, estimate } = cell
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
          {cell.reason === null || drawn === null ? null : (
            <span className="tiny muted"> {reasonText(cell.reason)}</span>
          )}
        </div>
        <div className="tiny muted" title={claim}>
          {metricWord(metric)}, {contract}
        </div>
      </th>
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
          <span className="muted why-not">
            {whyUndefined(typeof estimate === 'number' ? lower : estimate)}
          </span>
        ) : (
          <span className="measured">
            <span className="num">{seenText(cell, shortNumber)}</span>
            <span className="num tiny muted">{seenBounds(cell, shortNumber)}</span>
          </span>
        )}
      </td>
      <td className="num">{limitText(cell, shortNumber)}</td>
      <td className="right">{formatCount(matured)}</td>
      <td className="right">
        <Needed cell={cell} />
      </td>
    </tr>
  )
}

function Needed({ cell: { needed, planned, verdict } }: { cell: ContractCellView }) {
  if (verdict !== 'inconclusive') return <span className="muted">decided</span>
  return (
    <span className="measured">
      {needed === null ? (
        <span className="muted">no number decides it</span>
      ) : (
        <span className="num">{formatCount(needed)} more</span>
      )}
      {planned === null ? null : <span className="tiny muted">planned {formatCount(planned)}</span>}
    </span>
  )
}
