import { useId } from 'react'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time, TimesIn } from '../../components/time.tsx'
import { formatCount, formatSpan, formatValue, millis } from '../../format.ts'
import type { Explained, Mark } from './row-marks.ts'
import { marksOf } from './row-marks.ts'
import { RowTimeLine } from './row-time-line.tsx'

interface ExplainedPartProps {
  readonly id: string
  readonly part: Explained
  /** The training row's time. */
  readonly time: string
  /** The server's account of it. */
  readonly sentence: string | undefined
}

/** A lookup or a window: in words, on a time line, and as a table of the source rows. */
export function ExplainedPart({ id, part, time, sentence }: ExplainedPartProps) {
  const heading = useId()
  const marks = marksOf(part)
  return (
    <section className="panel" id={id} aria-labelledby={heading}>
      <div className="panel-head">
        <h2 id={heading}>{part.name}</h2>
        <div className="aside">
          {part.view} for {keysText(part.keys)}
        </div>
      </div>
      {sentence ? (
        <p className="sentence">
          <TimesIn text={sentence} />
        </p>
      ) : null}
      {marks.length > 0 ? (
        <>
          <RowTimeLine part={part} time={time} marks={marks} />
          <MarkTable marks={marks} time={time} />
        </>
      ) : (
        <p className="muted small">
          {part.kind === 'lookup' && part.refused === 'null key'
            ? 'The key is null: nothing is looked up.'
            : 'No source row has this key.'}
        </p>
      )}
      <Excluded part={part} shown={marks.filter(mark => mark.used).length} />
    </section>
  )
}

function keysText(keys: Readonly<Record<string, unknown>>): string {
  return (
    Object.entries(keys)
      .map(([key, value]) => `${key} ${formatValue(value)}`)
      .join(', ') || 'everything'
  )
}

function MarkTable({ marks, time }: { marks: readonly Mark[]; time: string }) {
  const names = [...new Set(marks.flatMap(({ row }) => Object.keys(row.columns)))]
  return (
    <SimpleTable
      label="Source rows"
      head={['Source row', 'Happened', '>From the row’s time', 'Known', '>From it', ...names]}
      rows={marks.map(({ row, used, reason }) => [
        <span key="reason" className={used ? 'reason used-row' : 'reason soft'}>
          <span aria-hidden="true">{used ? '● ' : '○ '}</span>
          {reason}
        </span>,
        <Time key="event" at={row.eventTime} />,
        <Away key="event-away" at={row.eventTime} time={time} />,
        <Time key="known" at={row.knownTime} />,
        <Away key="known-away" at={row.knownTime} time={time} />,
        ...names.map(name => (
          <code key={name} className="nowrap">
            <TimesIn text={formatValue(row.columns[name])} />
          </code>
        )),
      ])}
    />
  )
}

function Away({ at, time }: { at: string | null; time: string }) {
  if (at === null) return <span className="muted">—</span>
  const ms = millis(at) - millis(time)
  if (ms === 0) return <>at it</>
  return (
    <>
      {formatSpan(Math.abs(ms)).replace(/ 00 (s|min)$/, '')} {ms < 0 ? 'before' : 'after'}
    </>
  )
}

const excludedWords: Readonly<Record<string, string>> = {
  'known only later': 'known only later',
  'replaced by a newer version': 'replaced by a newer version of themselves',
  tombstone: 'deleted',
  condition: 'left out by the condition',
}

function Excluded({ part, shown }: { part: Explained; shown: number }) {
  if (part.kind === 'lookup') return null
  const left = Object.entries(part.excluded).filter(([, count]) => count > 0)
  return (
    <p className="panel-note">
      {part.counted > shown ? `${formatCount(part.counted - shown)} more counted between those shown. ` : ''}
      {left.length > 0
        ? `Inside the window but not counted: ${left.map(([reason, count]) => `${formatCount(count)} ${excludedWords[reason] ?? reason}`).join(', ')}.`
        : 'Every row inside the window counted.'}
    </p>
  )
}
