import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { RolloutLogRowView, RolloutView } from '../../../../api/rollouts.ts'
import { useFirst } from '../../../components/first-rows.tsx'
import { Hash } from '../../../components/hash.tsx'
import { Notice } from '../../../components/messages.tsx'
import { Loaded, Panel } from '../../../components/page.tsx'
import { SimpleTable } from '../../../components/simple-table.tsx'
import { State } from '../../../components/state.tsx'
import { Segments } from '../../../components/tabs.tsx'
import { Time } from '../../../components/time.tsx'
import { formatCount } from '../../../format.ts'
import { principalText } from '../../home/gather.ts'
import { rolloutQueries } from './queries.ts'
import { causeText, doneText, killWords, percentText, stateLooks } from './words.ts'

const route = getRouteApi('/deployments/$name/rollouts/$id')

/** Every row of the log: when, who, why, from where to where, and what it rests on. */
export function JournalTab({ rollout }: { rollout: RolloutView }) {
  const { of } = route.useSearch()
  const query = useQuery(rolloutQueries.log(rollout.deployment))
  return (
    <Panel
      title="Journal"
      aside={
        <Segments
          label="Rows"
          param="of"
          choices={[
            ['', 'This rollout'],
            ['all', 'The whole deployment'],
          ]}
        />
      }
      note="Weights follow from these rows and from nothing else. Rows are only ever added; each holds the hash of the one before."
    >
      <Loaded query={query} rows={6}>
        {({ rows, faults }) => (
          <>
            <Chain faults={faults} last={rows.at(-1)} />
            <Rows
              rollout={rollout}
              rows={rows.filter(row => of === 'all' || row.rollout === rollout.id).toReversed()}
            />
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function Chain({ faults, last }: { faults: readonly string[]; last: RolloutLogRowView | undefined }) {
  if (faults.length > 0)
    return (
      <Notice tone="bad">
        <p>
          <strong>The chain of hashes does not hold: nothing moves until it is understood.</strong>
        </p>
        {faults.map(fault => (
          <p key={fault}>{fault}</p>
        ))}
      </Notice>
    )
  if (last === undefined) return null
  return (
    <p className="small soft journal-chain">
      <State value="pass" word={`The chain of ${formatCount(last.seq)} rows holds`} />, up to{' '}
      <Hash value={last.hash} />
    </p>
  )
}

function Rows({ rollout, rows }: { rollout: RolloutView; rows: readonly RolloutLogRowView[] }) {
  const [shown, more] = useFirst(rows, 40)
  return (
    <>
      <SimpleTable
        label="Journal"
        head={['>Row', 'At', 'What', 'From → to', '>Traffic', 'Who', 'Why', 'Rests on']}
        rows={shown.map(row => [
          row.seq,
          <Time key="at" at={row.at} />,
          doneText(row.event),
          <span key="states" className="nowrap">
            {statesText(row, rollout)}
          </span>,
          row.rollout === null ? (
            <span key="traffic" className="muted">
              as before
            </span>
          ) : (
            percentText(row.weight)
          ),
          <Actor key="actor" actor={row.actor} />,
          <span key="why" className="reason">
            {row.reason || causeText(row.reasonCode)}
          </span>,
          <Evidence key="evidence" row={row} rollout={rollout} />,
        ])}
      />
      {more}
    </>
  )
}

function statesText(
  { from, to, kill, release, rollout, step }: RolloutLogRowView,
  { steps }: RolloutView,
): string {
  if (kill !== null) return killWords[kill][0]
  if (rollout === null || to === null) return release === null ? '' : `release ${release}`
  const word = (state: NonNullable<typeof to>) => stateLooks[state][1]
  const on = step === null || to !== 'canary' ? '' : `, step ${step + 1} of ${steps.length}`
  return from === to ? `${word(to)}${on}` : `${from === null ? 'new' : word(from)} → ${word(to)}${on}`
}

const actorWords: Readonly<Record<RolloutLogRowView['actor']['kind'], string>> = {
  person: 'a person',
  rule: 'a rule',
  system: 'the system',
  'local-kill': 'on the serving host',
}

function Actor({ actor: { kind, name, level } }: { actor: RolloutLogRowView['actor'] }) {
  return (
    <span className="actor">
      {principalText(name) || actorWords[kind]}
      <span className="tiny muted">
        {actorWords[kind]}
        {level === null || level === kind ? '' : `, ${level}`}
      </span>
    </span>
  )
}

function Evidence({ row, rollout }: { row: RolloutLogRowView; rollout: RolloutView }) {
  const { deployment, id, release } = rollout
  if (row.evidence.length === 0) return <span className="muted">nothing</span>
  return row.evidence.map((each, index) => (
    <span key={each} className="nowrap">
      {index > 0 ? ', ' : ''}
      {each.startsWith('look_') ? (
        <Link
          to="/deployments/$name/rollouts/$id"
          params={{ name: deployment, id: row.rollout ?? id }}
          search={{ tab: 'evidence', look: each }}
        >
          look {each.slice(-6)}
        </Link>
      ) : (
        <Link
          to="/deployments/$name/releases/$number"
          params={{ name: deployment, number: String(row.release ?? release.number) }}
        >
          verdict
        </Link>
      )}
    </span>
  ))
}
