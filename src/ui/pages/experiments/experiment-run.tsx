import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import type { RouteResponse } from '../../../api/routes.ts'
import { Hash } from '../../components/hash.tsx'
import { Skeleton } from '../../components/messages.tsx'
import { Facts, Figures, Loaded, Page, Panel } from '../../components/page.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Segments } from '../../components/tabs.tsx'
import { Elapsed, Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatBytes, shortRun } from '../../format.ts'
import { headlineMetrics, metricLabel, orderMetrics } from './metric-names.ts'

const MetricCharts = lazy(() =>
  import('./metric-charts.tsx').then(module => ({ default: module.MetricCharts })),
)
const route = getRouteApi('/experiments/runs/$id')
type TrackedRun = RouteResponse<'experimentRun'>

export function ExperimentRunPage() {
  const { id } = route.useParams()
  const run = useQuery(queries.experimentRun(id))
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
              <Link to="/experiments/$name" params={{ name: run.data.experiment }}>
                {run.data.experiment}
              </Link>
            </>
          ) : null}
        </>
      }
      lede={
        run.data ? (
          <>
            <State value={run.data.state} />, started <Time at={run.data.startedAt} full />, took{' '}
            <Elapsed from={run.data.startedAt} to={run.data.finishedAt} />.
          </>
        ) : null
      }
    >
      <Loaded query={run} rows={12}>
        {data => <Body run={data} />}
      </Loaded>
    </Page>
  )
}

function Body({ run }: { run: TrackedRun }) {
  const { view } = route.useSearch()
  const keys = orderMetrics(Object.keys(run.metrics))
  return (
    <>
      <section className="panel" aria-label="Latest metrics">
        <Figures
          items={headlineMetrics(keys).map(key => [
            metricLabel(key),
            <Quantity key={key} value={run.metrics[key]} />,
          ])}
        />
      </section>
      <Panel
        title="Metric history"
        aside={
          <Segments
            label="Show as"
            param="view"
            choices={[
              ['chart', 'Charts'],
              ['table', 'Table'],
            ]}
          />
        }
      >
        {keys.length > 0 ? (
          <Suspense fallback={<Skeleton rows={6} />}>
            <MetricCharts run={run.id} keys={keys} table={view === 'table'} />
          </Suspense>
        ) : (
          <p className="panel-note">No metric was logged.</p>
        )}
      </Panel>
      <div className="columns">
        <Panel title="Artifacts">
          {run.artifacts.length > 0 ? (
            <Artifacts artifacts={run.artifacts} />
          ) : (
            <p className="panel-note">No artifact was logged.</p>
          )}
        </Panel>
        <div>
          <Panel title="Params">
            <Facts
              items={Object.entries(run.params).map(([key, value]) => [key, <code key={key}>{value}</code>])}
            />
          </Panel>
          <Panel title="Where it came from">
            <Facts items={origin(run)} />
          </Panel>
        </div>
      </div>
    </>
  )
}

function origin(run: TrackedRun) {
  return [
    ['Run id', <code key="id">{run.id}</code>],
    [
      'Pipeline run',
      run.pipelineRun ? (
        <Link key="run" to="/runs/$id" params={{ id: run.pipelineRun }}>
          {shortRun(run.pipelineRun)}
        </Link>
      ) : (
        'none: logged directly'
      ),
    ],
    ['Training set', run.trainingSet ? <code key="set">{run.trainingSet}</code> : null],
    ...Object.entries(run.tags).map(
      ([key, value]) =>
        [`Tag ${key}`, /^sha256:/.test(value) ? <Hash key={key} value={value} /> : value] as const,
    ),
  ] as const
}

export function Artifacts({
  artifacts,
}: {
  artifacts: readonly { path: string; hash: string; bytes: number }[]
}) {
  return (
    <SimpleTable
      label="Artifacts"
      head={['File', '>Size', 'Hash']}
      rows={artifacts.map(file => [
        <code key="path">{file.path}</code>,
        formatBytes(file.bytes),
        <Hash key="hash" value={file.hash} />,
      ])}
    />
  )
}
