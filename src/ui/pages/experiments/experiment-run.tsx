import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import './run-page.css'
import type { TrackedRun } from '../../../api/tracking-runs.ts'
import { Skeleton } from '../../components/messages.tsx'
import { Facts, Loaded, Page, Panel } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { Elapsed, Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { principalText } from '../home/gather.ts'
import { RunState } from './liveness.tsx'
import { LongText } from './long-text.tsx'
import { RunActions } from './run-actions.tsx'
import { RunAlerts } from './run-alerts.tsx'
import { RunFamily } from './run-family.tsx'
import { RunFiles } from './run-files.tsx'
import { RunMetrics } from './run-metrics.tsx'
import { RunNotes, RunTags } from './run-notes.tsx'
import { Origin } from './run-origin.tsx'

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
      actions={run.data ? <RunActions run={run.data} /> : null}
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
      {run.user && run.user !== 'unknown' ? ` · by ${principalText(run.user)}` : ''}
    </>
  )
}

const tabs = [
  ['overview', 'Overview'],
  ['charts', 'Charts'],
  ['files', 'Artifacts'],
] as const

/** The code of the charts comes while the overview is read: a lazy component would hold its first sight back. */
function useRunCharts() {
  const [part, setPart] = useState<typeof import('./run-charts.tsx')>()
  useEffect(() => void import('./run-charts.tsx').then(setPart), [])
  return part?.RunCharts
}

function Body({ run }: { run: TrackedRun }) {
  const { tab } = route.useSearch()
  const RunCharts = useRunCharts()
  return (
    <>
      <RunAlerts run={run} />
      <Tabs label="Parts of the run" tabs={tabs} />
      {tab === 'charts' ? (
        RunCharts === undefined ? (
          <Skeleton rows={8} />
        ) : (
          <RunCharts run={run} />
        )
      ) : tab === 'files' ? (
        <RunFiles run={run.id} />
      ) : (
        <Overview run={run} />
      )}
    </>
  )
}

function Param({ value }: { value: string }) {
  return value === '' ? (
    <span className="muted">empty</span>
  ) : (
    <code>
      <LongText text={value} />
    </code>
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
              <Facts items={params.map(([key, value]) => [key, <Param key={key} value={value} />])} />
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
