import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { TrackedRun } from '../../../api/tracking-runs.ts'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { RunState } from './liveness.tsx'
import { RunLink } from './run-link.tsx'

const mostShown = 50

/** The runs nested below this one. */
export function RunFamily({ run }: { run: TrackedRun }) {
  const filter = `tags.\`mlflow.parentRunId\` = '${run.id}'`
  const children = useQuery(
    trackingQueries.someRuns({ experiments: [run.experiment], columns: [], filter }, mostShown),
  )
  const items = children.data?.items ?? []
  if (items.length === 0) return null
  return (
    <Panel
      title="Nested runs"
      aside={
        <Link to="/experiments/$name" params={{ name: run.experimentName }} search={{ filter }}>
          in the table
        </Link>
      }
    >
      <SimpleTable
        label="Nested runs"
        head={['Run', 'State', 'Started']}
        rows={items.map(each => [
          <RunLink key="run" id={each.id} name={each.name} />,
          <RunState key="state" run={each} />,
          <Time key="at" at={each.startedAt} />,
        ])}
      />
      {children.data?.next ? <p className="panel-note">The newest {mostShown}.</p> : null}
    </Panel>
  )
}
