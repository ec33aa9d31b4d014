import { useMutation } from '@tanstack/react-query'
import type { DecisionReplay } from '../../../api/decisions.ts'
import { request } from '../../api.ts'
import { Command } from '../../components/command.tsx'
import { Icon } from '../../components/icons.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatValue, plural } from '../../format.ts'

type Line = DecisionReplay['lines'][number]

const outcomes = {
  same: ['check', 'good', 'same'],
  'within-tolerance': ['check', 'good', 'within tolerance'],
  differs: ['cross', 'bad', 'differs'],
  unavailable: ['circle', 'idle', 'unavailable'],
} as const

/** Does the decision again from its record and its release, and says line by line whether it comes out the same. */
export function ReplayPanel({ id }: { id: string }) {
  const replay = useMutation({ mutationFn: () => request('decisionReplay', { params: { id } }) })
  return (
    <Panel title="Replay" aside="from the record and the release that made it">
      <div className="try-actions">
        <button type="button" className="button" disabled={replay.isPending} onClick={() => replay.mutate()}>
          {replay.isPending ? 'Replaying…' : 'Replay it'}
        </button>
        <Command line={`fettle debug predict ${id}`} />
      </div>
      <div aria-live="polite">
        {replay.error ? <ErrorNotice error={replay.error} /> : null}
        {replay.data ? <Compared lines={replay.data.lines} /> : null}
      </div>
    </Panel>
  )
}

function Compared({ lines }: { lines: readonly Line[] }) {
  const count = (outcome: Line['outcome']) => lines.filter(line => line.outcome === outcome).length
  const differing = count('differs')
  const unknown = count('unavailable')
  return (
    <>
      <p className="replay-verdict">
        {differing > 0
          ? `${plural(differing, 'line')} of ${lines.length} came out otherwise.`
          : unknown === 0
            ? `All ${plural(lines.length, 'line')} came out the same.`
            : `${lines.length - unknown} of ${plural(lines.length, 'line')} came out the same; ${unknown} could not be done again.`}
      </p>
      <SimpleTable
        label="Replay, line by line"
        head={['What', 'Came out', '>Recorded', '>Replayed', 'Why']}
        rows={lines.map(line => [
          <span key="what" className="break">
            {line.what}
          </span>,
          <Outcome key="outcome" outcome={line.outcome} />,
          formatValue(line.recorded),
          line.outcome === 'unavailable' ? '—' : formatValue(line.replayed),
          line.reason ?? '',
        ])}
      />
    </>
  )
}

function Outcome({ outcome }: Pick<Line, 'outcome'>) {
  const [icon, tone, word] = outcomes[outcome]
  return (
    <span className={`state tone-${tone}`}>
      <Icon name={icon} size={12} /> {word}
    </span>
  )
}
