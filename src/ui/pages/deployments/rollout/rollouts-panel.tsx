import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { RolloutSummaryView } from '../../../../api/rollouts.ts'
import { useFirst } from '../../../components/first-rows.tsx'
import { Empty } from '../../../components/messages.tsx'
import { Loaded, Panel } from '../../../components/page.tsx'
import { SimpleTable } from '../../../components/simple-table.tsx'
import { State } from '../../../components/state.tsx'
import { Time } from '../../../components/time.tsx'
import { emptyTexts } from '../../../texts.ts'
import { principalText } from '../../home/gather.ts'
import { rolloutQueries } from './queries.ts'
import { percentText, stateLooks } from './words.ts'

/** Every rollout of a deployment, newest first. */
export function RolloutsPanel({ deployment }: { deployment: string }) {
  const query = useQuery(rolloutQueries.overview(deployment))
  return (
    <Panel title="Rollouts" aside="newest first">
      <Loaded query={query} rows={3}>
        {({ rollouts }) =>
          rollouts.length === 0 ? <Empty text={emptyTexts.rollouts} /> : <List rollouts={rollouts} />
        }
      </Loaded>
    </Panel>
  )
}

function List({ rollouts }: { rollouts: readonly RolloutSummaryView[] }) {
  const [shown, more] = useFirst(rollouts, 10)
  return (
    <>
      <SimpleTable
        label="Rollouts"
        head={['Release', 'State', '>Traffic', 'Why', 'Began', 'Ended', 'By']}
        rows={shown.map(cellsOf)}
      />
      {more}
    </>
  )
}

function cellsOf({
  deployment,
  id,
  release,
  state,
  weight,
  reason,
  startedAt,
  endedAt,
  by,
}: RolloutSummaryView) {
  const [look, word] = stateLooks[state]
  return [
    <Link
      key="release"
      to="/deployments/$name/rollouts/$id"
      params={{ name: deployment, id }}
      className="row-link num"
    >
      r{release.number}
      <span className="sr-only"> rollout</span>
    </Link>,
    <State key="state" value={look} word={word} />,
    percentText(weight),
    <span key="why" className="reason">
      {reason}
    </span>,
    <Time key="began" at={startedAt} />,
    endedAt === null ? (
      <span key="ended" className="muted">
        goes on
      </span>
    ) : (
      <Time key="ended" at={endedAt} />
    ),
    principalText(by),
  ]
}
