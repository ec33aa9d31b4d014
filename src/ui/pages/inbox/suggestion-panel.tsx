import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { SuggestionView } from '../../../api/suggestions.ts'
import { Command } from '../../components/command.tsx'
import { Notice } from '../../components/messages.tsx'
import { Facts } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { formatCount, formatNumber, formatValue, shortHash } from '../../format.ts'
import { principalText } from '../home/gather.ts'
import { DecideForm } from './decide-form.tsx'
import { countsNotWords, reasonWords, valueText } from './words.ts'

interface PanelProps {
  readonly item: SuggestionView
  readonly batch: string | undefined
  readonly onDecided: (decided: SuggestionView) => void
  /** Somebody else was first. */
  readonly onLost: (message: string) => void
  readonly onClose: () => void
}

/** What a suggestion rests on, and the decision. The clock of the decision runs from when it is shown. */
export function SuggestionPanel({ item, batch, onDecided, onLost, onClose }: PanelProps) {
  const panel = useRef<HTMLDivElement>(null)
  const [shownAt] = useState(Date.now)
  useEffect(() => panel.current?.focus({ preventScroll: true }), [])
  const onKeyDown = (event: KeyboardEvent) => {
    // Letters and arrows belong to what is open, not to the rows around it.
    event.stopPropagation()
    if (event.key !== 'Escape') return
    document.getElementById(`row-${item.id}`)?.focus()
    onClose()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes what is unfolded, from any control in it
    <div className="suggestion" ref={panel} tabIndex={-1} onKeyDown={onKeyDown}>
      <div className="columns">
        <Facts items={evidence(item)} />
        <Facts items={origin(item)} />
      </div>
      {item.capHit ? (
        <Notice tone="warn">
          A step cap was hit: what is proposed is not all the rule would do. Details name the value without
          the cap.
        </Notice>
      ) : null}
      {item.state === 'open' ? (
        <>
          <DecideForm item={item} batch={batch} shownAt={shownAt} onDecided={onDecided} onLost={onLost} />
          <Command line={`fettle suggestions accept ${item.id}${batch ? ` --batch ${batch}` : ''}`} />
        </>
      ) : (
        <Facts items={became(item)} />
      )}
    </div>
  )
}

type FactItems = Parameters<typeof Facts>[0]['items']

function evidence(item: SuggestionView): FactItems {
  const { interval, flipsPerWeek, flipsPerWeekUpper, rows, matured, window } = item
  return [
    ['Now', <code key="old">{valueText(item.old)}</code>],
    ['Proposed', <code key="new">{valueText(item.proposed)}</code>],
    [
      'Interval',
      interval === null ? notMeasured : `${formatNumber(interval.lower)} to ${formatNumber(interval.upper)}`,
    ],
    [
      'Flips a week',
      flipsPerWeekUpper === null
        ? notMeasured
        : `${flipsPerWeek === null ? 'unknown' : formatNumber(flipsPerWeek)}, at most ${formatNumber(flipsPerWeekUpper)}`,
    ],
    [
      'Rows',
      rows === null
        ? notMeasured
        : `${formatCount(rows)}${matured === null ? '' : `, ${formatCount(matured)} matured`}`,
    ],
    [
      'Window',
      window.from === null ? (
        notMeasured
      ) : (
        <span key="window">
          <Time at={window.from} /> to <Time at={window.to} />
        </span>
      ),
    ],
  ]
}

const notMeasured = <span className="muted">not measured</span>

function origin(item: SuggestionView): FactItems {
  const { rule, ruleHash, ruleBy, cycle, level, appliesAt, expiresAt, details } = item
  return [
    ['Rule', `${rule} by ${principalText(ruleBy)}`],
    ['Code', <code key="hash">{shortHash(ruleHash)}</code>],
    ['Cycle', cycle],
    ['Level', level],
    ...(appliesAt === null ? [] : [['Applies itself', <Time key="at" at={appliesAt} full />] as const]),
    ['Expires', <Time key="until" at={expiresAt} full />],
    ...detailFacts(details),
  ]
}

/** What the rule says beside: each member of an object has its own line. */
function detailFacts(details: SuggestionView['details']): FactItems {
  if (details === null) return []
  const members = typeof details === 'object' && !Array.isArray(details) ? Object.entries(details) : []
  const shown = members.length > 0 ? members : [['Details', details] as const]
  return shown.map(([name, value]) => [name, <code key={name}>{formatValue(value)}</code>])
}

function became({ state, decision, appliedAt, problem, outcome }: SuggestionView): FactItems {
  return [
    ['State', state],
    ...(decision === null
      ? []
      : ([
          ['Decided by', principalText(decision.by)],
          ['Decided', <Time key="at" at={decision.at} full />],
          [
            'After',
            decision.seconds === null ? notMeasured : `${formatNumber(decision.seconds, 3)} s of display`,
          ],
          ...(decision.reason === null ? [] : [['Reason', reasonWords[decision.reason]] as const]),
          ...(state === 'edited' ? [['Edited to', valueText(decision.value)] as const] : []),
          ...(decision.note === '' ? [] : [['Note', decision.note] as const]),
          [
            'Evidence',
            decision.countsNot === null
              ? 'counts'
              : `no: ${countsNotWords[decision.countsNot] ?? decision.countsNot}`,
          ],
        ] as const)),
    ...(appliedAt === null ? [] : [['Applied', <Time key="applied" at={appliedAt} full />] as const]),
    ...(problem === null ? [] : [['Not applied', problem] as const]),
    ...(outcome === null
      ? []
      : [['Outcome', outcome.breach ? 'a contract was breached' : 'no breach on matured labels'] as const]),
  ]
}
