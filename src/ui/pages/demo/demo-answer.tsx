import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { DemoView, TriedView } from '../../../api/demo.ts'
import type { Decision } from '../../../api/deployments.ts'
import { ErrorNotice, Notice } from '../../components/messages.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatFixed, formatSpan, formatValue, millis, plural } from '../../format.ts'
import { featureStateWords } from '../../texts.ts'
import { Reasons } from '../decisions/reasons.tsx'
import { words } from './demo-field.tsx'
import { demoQueries, type Row, useDoor } from './door.ts'
import { ScorePicture } from './score-picture.tsx'

interface AnswerProps {
  readonly demo: DemoView
  readonly prediction: TriedView['predictions'][number]
  readonly row: Row
}

/** What it answered, why, from what, and what one thinks of it. */
export function DemoAnswer({ demo, prediction, row }: AnswerProps) {
  const door = useDoor()
  const decision = useQuery(demoQueries.decision(door, prediction.predictionId))
  const record = decision.data
  const threshold = record?.threshold ?? demo.action?.threshold ?? null
  return (
    <div className="demo-answer">
      <p className="demo-verdict">{verdict(demo, prediction.action)}</p>
      <ScorePicture
        score={prediction.score}
        threshold={threshold}
        action={demo.action?.name ?? null}
        acts={prediction.action !== null}
      />
      {record?.segment ? <p className="small soft">The threshold is that of {record.segment}.</p> : null}
      {prediction.degradedReasons.length > 0 ? (
        <Notice tone="warn">
          {prediction.servedBy === 'model'
            ? 'Some of what it knows was not there in time; it answered without.'
            : 'The model did not answer: this is what is said in its place.'}{' '}
          <code>{prediction.degradedReasons.join(', ')}</code>
        </Notice>
      ) : null}
      <h3>Why</h3>
      {record ? (
        <Reasons {...record} />
      ) : decision.error ? (
        <ErrorNotice error={decision.error} onRetry={() => void decision.refetch()} />
      ) : (
        <p className="small muted">Reading the reasons</p>
      )}
      {demo.challengers.length > 0 ? (
        <Challengers demo={demo} row={row} score={prediction.score} action={prediction.action} />
      ) : null}
      <Vote predictionId={prediction.predictionId} />
      {record ? <Knew record={record} /> : null}
      <p className="small muted">
        {record ? `Release ${record.release} answered (${record.servedBy}). ` : null}
        {door.shared ? null : (
          <Link to="/decisions/$id" params={{ id: prediction.predictionId }}>
            The whole decision
          </Link>
        )}
      </p>
    </div>
  )
}

function verdict({ action }: DemoView, acted: string | null): string {
  if (action === null) return 'It gives a score and leaves what to do to you.'
  return acted === null ? 'No action.' : `Action: ${acted}.`
}

/** What it looked up or was told, and how old that was. */
function Knew({ record }: { record: Decision }) {
  const timed = record.features.some(({ eventTime }) => eventTime !== null)
  const age = (at: string | null) => (at === null ? '' : formatSpan(millis(record.asOf) - millis(at)))
  return (
    <details>
      <summary>What it went by, {plural(record.features.length, 'value')}</summary>
      <SimpleTable
        label="What it went by"
        head={['Value of', '>Value', 'Came', ...(timed ? ['>Age'] : [])]}
        rows={record.features.map(({ name, value, state, eventTime }) => [
          <span key="name" className="break">
            {words(name)}
          </span>,
          value === null ? (
            <span key="value" className="muted">
              none
            </span>
          ) : (
            formatValue(value)
          ),
          featureStateWords[state]?.[0] ?? state,
          ...(timed ? [age(eventTime)] : []),
        ])}
      />
    </details>
  )
}

/** The same row asked of the releases that are tried beside the champion. */
function Challengers({
  demo,
  row,
  score,
  action,
}: Pick<AnswerProps, 'demo' | 'row'> & { score: number; action: string | null }) {
  return (
    <>
      <h3>Beside it</h3>
      <SimpleTable
        label="Champion and challengers"
        head={['Release', '>Score', 'Action', 'Is']}
        rows={[
          [`r${demo.release}`, formatFixed(score), action ?? 'none', 'champion'],
          ...demo.challengers.map(({ release, state }) => [
            `r${release}`,
            <OtherScore key="score" row={row} release={release} part="score" />,
            <OtherScore key="action" row={row} release={release} part="action" />,
            state,
          ]),
        ]}
      />
    </>
  )
}

function OtherScore(props: { row: Row; release: number; part: 'score' | 'action' }) {
  const { row, release, part } = props
  const door = useDoor()
  const other = useQuery({
    queryKey: ['demo', door.key, 'beside', release, row],
    queryFn: () => door.tryRows([row], release),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const [found] = other.data?.predictions ?? []
  if (found) return part === 'score' ? formatFixed(found.score) : (found.action ?? 'none')
  if (other.error && part === 'score') return <span className="muted">it is not loaded</span>
  return <span className="muted">—</span>
}

function Vote({ predictionId }: { predictionId: string }) {
  const door = useDoor()
  const [note, setNote] = useState('')
  const vote = useMutation({
    mutationFn: (right: boolean) =>
      door.vote({ predictionId, right, ...(note.trim() === '' ? {} : { note: note.trim() }) }),
  })
  if (vote.isSuccess)
    return (
      <p className="demo-thanks" role="status">
        Kept: {vote.variables ? 'right' : 'wrong'}. It stands apart from labels and trains nothing.
      </p>
    )
  return (
    <fieldset className="demo-vote">
      <legend>Is that right?</legend>
      <button type="button" className="button" disabled={vote.isPending} onClick={() => vote.mutate(true)}>
        Right
      </button>
      <button type="button" className="button" disabled={vote.isPending} onClick={() => vote.mutate(false)}>
        Wrong
      </button>
      <input
        className="input"
        aria-label="Note, if you like"
        placeholder="Note, if you like"
        maxLength={2000}
        value={note}
        onChange={event => setNote(event.target.value)}
      />
      {vote.error ? <ErrorNotice error={vote.error} /> : null}
    </fieldset>
  )
}
