import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import './run-page.css'
import type { TrackedRun } from '../../../api/tracking-runs.ts'
import { request } from '../../api.ts'
import { ErrorNotice, Skeleton } from '../../components/messages.tsx'
import { Facts, Loaded, Page, Panel } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { Elapsed, Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { principalText } from '../home/gather.ts'
import { RunState } from './liveness.tsx'
import { RunFamily } from './run-family.tsx'
import { RunFiles } from './run-files.tsx'
import { RunMetrics } from './run-metrics.tsx'
import { RunNotes, RunTags } from './run-notes.tsx'
import { Origin } from './run-origin.tsx'

const RunCharts = lazy(() => import('./run-charts.tsx').then(module => ({ default: module.RunCharts })))
const route = getRouteApi('/experiments/runs/$id')

export function ExperimentRunPage() {
  const { id } = route.useParams()
  const run = useQuery(trackingQueries.run(id))
  return (
    <Page
      title={run.data?.name ?? 'Tracked run'}
      crumbs={
        <>
          <Link to="/experiments">Experiments</Link>
          {run.data ? (
            <>
              {' '}
              /{' '}
              <Link to="/experiments/$name" params={{ name: run.data.experimentName }}>
                {run.data.experimentName}
              </Link>
            </>
          ) : null}
        </>
      }
      lede={run.data ? <Answer run={run.data} /> : null}
      actions={run.data ? <Lifecycle run={run.data} /> : null}
    >
      <Loaded query={run} rows={12}>
        {data => <Body run={data} />}
      </Loaded>
    </Page>
  )
}

function Answer({ run }: { run: TrackedRun }) {
  return (
    <>
      <RunState run={run} /> · started <Time at={run.startedAt} full />
      {run.endedAt ? (
        <>
          {' '}
          · took <Elapsed from={run.startedAt} to={run.endedAt} />
        </>
      ) : null}
      {run.user ? ` · by ${principalText(run.user)}` : ''}
    </>
  )
}

function Lifecycle({ run }: { run: TrackedRun }) {
  const client = useQueryClient()
  const deleted = run.lifecycle === 'deleted'
  const change = useMutation({
    mutationFn: () => request(deleted ? 'restoreRun' : 'removeRun', { params: { id: run.id } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['trackedRun', run.id] })
      void client.resetQueries({ queryKey: ['runRows'] })
    },
  })
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={change.isPending}
        title={deleted ? 'Brings the run back' : 'The run can be restored afterwards'}
        onClick={() => change.mutate()}
      >
        {deleted ? 'Restore run' : 'Delete run'}
      </button>
      {change.error ? <ErrorNotice error={change.error} /> : null}
    </>
  )
}

const tabs = [
  ['overview', 'Overview'],
  ['charts', 'Charts'],
  ['files', 'Artifacts'],
] as const

function Body({ run }: { run: TrackedRun }) {
  const { tab } = route.useSearch()
  return (
    <>
      <Tabs label="Parts of the run" tabs={tabs} />
      {tab === 'charts' ? (
        <Suspense fallback={<Skeleton rows={8} />}>
          <RunCharts run={run} />
        </Suspense>
      ) : tab === 'files' ? (
        <RunFiles run={run.id} />
      ) : (
        <Overview run={run} />
      )}
    </>
  )
}

function Overview({ run }: { run: TrackedRun }) {
  const params = Object.entries(run.params)
  return (
    <>
      <div className="columns">
        <div>
          <RunMetrics run={run.id} live={run.status === 'running'} />
          <Panel title="Params" aside={params.length > 0 ? `${params.length}` : null}>
            {params.length > 0 ? (
              <Facts items={params.map(([key, value]) => [key, <code key={key}>{value}</code>])} />
            ) : (
              <p className="panel-note">No param was logged.</p>
            )}
          </Panel>
        </div>
        <div>
          <RunNotes run={run} />
          <Origin run={run} />
          <RunTags run={run} />
        </div>
      </div>
      <RunFamily run={run} />
    </>
  )
}
