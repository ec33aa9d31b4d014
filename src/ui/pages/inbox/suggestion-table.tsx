import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Fragment, useState } from 'react'
import type { SuggestionView } from '../../../api/suggestions.ts'
import { Bar } from '../../components/bars.tsx'
import { Empty } from '../../components/messages.tsx'
import { moveBetweenRows } from '../../components/row-keys.ts'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount, formatNumber } from '../../format.ts'
import type { EmptyText } from '../../texts.ts'
import { SuggestionPanel } from './suggestion-panel.tsx'
import { changeText, countsNotWords, upperText, whereText } from './words.ts'

interface TableProps {
  readonly items: readonly SuggestionView[]
  /** The batch whose sample these are. */
  readonly batch?: string
  /** Said where there are none. */
  readonly empty: EmptyText
}

const stateLooks: Readonly<Record<string, string>> = {
  open: 'waiting',
  accepted: 'running',
  applied: 'good',
  edited: 'warn',
  rejected: 'bad',
  vetoed: 'bad',
  expired: 'cancelled',
  superseded: 'cancelled',
}

/** Suggestions as rows; the one that is looked at is unfolded below its row, and its time to decide runs. */
export function SuggestionTable({ items, batch, empty }: TableProps) {
  const [said, setSaid] = useState('')
  return (
    <>
      <p className="decided" role="status">
        {said}
      </p>
      {items.length === 0 ? <Empty text={empty} /> : <Rows items={items} batch={batch} onSaid={setSaid} />}
    </>
  )
}

interface RowsProps {
  readonly items: readonly SuggestionView[]
  readonly batch: string | undefined
  readonly onSaid: (text: string) => void
}

function Rows({ items, batch, onSaid }: RowsProps) {
  const { open } = useSearch({ from: '/inbox' })
  const navigate = useNavigate()
  const widest = Math.max(...items.map(each => each.flipsPerWeekUpper ?? 0), 1)
  const show = (id: string | undefined) =>
    void navigate({ to: '/inbox', search: before => ({ ...before, open: id }), replace: true })
  const onDecided = (decided: SuggestionView) => {
    onSaid(decidedText(decided))
    const at = items.findIndex(each => each.id === decided.id)
    const later = [...items.slice(at + 1), ...items.slice(0, at)]
    show(later.find(each => each.state === 'open')?.id)
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="table-wrap" tabIndex={0} aria-label="Suggestions">
      <table className="inbox">
        <Head />
        <tbody onKeyDown={moveBetweenRows}>
          {items.map(each => (
            <Fragment key={each.id}>
              <SuggestionRow item={each} widest={widest} isOpen={each.id === open} />
              {each.id === open ? (
                <tr className="unfolded">
                  <td colSpan={7}>
                    <SuggestionPanel
                      key={each.id}
                      item={each}
                      batch={batch}
                      onDecided={onDecided}
                      onLost={message => onSaid(`${each.title}: ${message}`)}
                      onClose={() => show(undefined)}
                    />
                  </td>
                </tr>
              ) : null}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Head() {
  return (
    <thead>
      <tr>
        <th scope="col">Suggestion</th>
        <th scope="col">Change</th>
        <th scope="col" className="right">
          Flips a week
        </th>
        <th scope="col" className="wide-only" aria-label="Flips a week, as a bar" />
        <th scope="col" className="right wide-only">
          Matured
        </th>
        <th scope="col" className="wide-only">
          State
        </th>
        <th scope="col" className="wide-only">
          Made
        </th>
      </tr>
    </thead>
  )
}

function SuggestionRow({ item, widest, isOpen }: { item: SuggestionView; widest: number; isOpen: boolean }) {
  const { id, title, flipsPerWeekUpper: upper, matured, interval, capHit } = item
  return (
    <tr aria-current={isOpen ? 'true' : undefined}>
      <th scope="row">
        <Link
          to="/inbox"
          search={before => ({ ...before, open: isOpen ? undefined : id })}
          className="row-link"
          aria-expanded={isOpen}
          replace
          id={`row-${id}`}
        >
          {title}
        </Link>
        <div className="tiny muted">{whereText(item)}</div>
      </th>
      <td>
        {changeText(item)}
        {interval === null ? null : (
          <div className="tiny muted">
            {formatNumber(interval.lower)} to {formatNumber(interval.upper)}
          </div>
        )}
        {capHit ? <div className="tiny cap">step cap hit</div> : null}
        {item.appliesAt === null || item.state !== 'open' ? null : (
          <div className="tiny cap">
            applies itself <Time at={item.appliesAt} />
          </div>
        )}
      </td>
      <td className="right">{upperText(item)}</td>
      <td className="wide-only risk-bar">
        {upper === null ? null : <Bar value={upper} domain={[0, widest]} />}
      </td>
      <td className="right wide-only">
        {matured === null ? <span className="muted">unknown</span> : formatCount(matured)}
      </td>
      <td className="wide-only">
        <State
          value={inWindow(item) ? 'paused' : (stateLooks[item.state] ?? 'info')}
          word={stateText(item)}
        />
      </td>
      <td className="wide-only">
        <Time at={item.madeAt} />
      </td>
    </tr>
  )
}

const inWindow = ({ state, level }: SuggestionView) => state === 'open' && level === 'veto'

function stateText({ state, level, problem }: SuggestionView): string {
  if (state !== 'open') return problem === null ? state : `${state}, not applied`
  return { observe: 'only observed', suggest: 'open', veto: 'veto window', auto: 'open' }[level]
}

function decidedText({ title, state, decision, problem }: SuggestionView): string {
  const why = decision?.countsNot ? countsNotWords[decision.countsNot] : undefined
  return [
    `${title}: ${state}.`,
    why === undefined ? '' : `No evidence for the rule: ${why}.`,
    problem === null ? '' : `Not applied yet: ${problem}`,
  ]
    .join(' ')
    .trim()
}
