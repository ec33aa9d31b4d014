import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense, useMemo } from 'react'
import type { RouteBody } from '../../../api/routes.ts'
import type { Comparison } from '../../../api/tracking-runs.ts'
import { Empty, Skeleton } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { plural } from '../../format.ts'
import { CompareTable } from './compare-table.tsx'
import type { PlotRun } from './plot-run.ts'
import { readList } from './table-state.ts'

const CompareCurves = lazy(() =>
  import('./compare-curves.tsx').then(module => ({ default: module.CompareCurves })),
)
const ParallelPlot = lazy(() =>
  import('./parallel-plot.tsx').then(module => ({ default: module.ParallelPlot })),
)
const route = getRouteApi('/experiments/runs/compare')

const tabs = [
  ['params', 'Params'],
  ['metrics', 'Metrics'],
  ['curves', 'Curves'],
  ['origin', 'Code, data, environment'],
  ['parallel', 'Parallel'],
] as const

type Of = NonNullable<RouteBody<'compareRuns'>['of']>
const points: readonly Of[] = ['first', 'min', 'max']

export function ComparePage() {
  const search = route.useSearch()
  const ids = readList(search.runs)
  const of = points.find(each => each === search.of)
  const question = {
    runs: [...ids],
    ...(search.rows === 'all' || search.tab === 'curves' || search.tab === 'parallel' ? { equal: true } : {}),
    ...(of ? { of } : {}),
    ...(search.q ? { contains: search.q } : {}),
  }
  const found = useQuery({ ...trackingQueries.compare(question), enabled: ids.length > 0 })
  return (
    <Page
      title={`Compare ${plural(ids.length, 'run')}`}
      crumbs={<Crumbs runs={found.data?.runs ?? []} />}
      lede={found.data ? <Answer found={found.data} /> : null}
    >
      <Tabs label="What is compared" tabs={tabs} />
      {ids.length === 0 ? (
        <Empty
          text={{
            title: 'No runs were chosen.',
            why: 'Select up to 50 runs in the table of an experiment, then compare them.',
          }}
        />
      ) : (
        <Loaded query={found} rows={12}>
          {data => <Body found={data} />}
        </Loaded>
      )}
    </Page>
  )
}

/** Back to the experiment, where all runs are of one. */
function Crumbs({ runs }: { runs: Comparison['runs'] }) {
  const [first] = runs
  const only = runs.every(run => run.experiment === first?.experiment) ? first : undefined
  const run = useQuery({ ...trackingQueries.run(only?.id ?? ''), enabled: only !== undefined })
  return (
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
  )
}

function Answer({ found: { params, metrics, origin } }: { found: Comparison }) {
  const part = (word: string, { differ, same }: { differ: number; same: number }) =>
    `${plural(differ, word)} differ, ${same} equal`
  return (
    <>
      {part('param', params)} · {part('metric', metrics)} · {plural(origin.differ, 'fact')} about code, data
      and environment differ.
    </>
  )
}

function Body({ found }: { found: Comparison }) {
  const { tab } = route.useSearch()
  if (tab === 'curves')
    return (
      <Suspense fallback={<Skeleton rows={8} />}>
        <CompareCurves found={found} />
      </Suspense>
    )
  if (tab === 'parallel')
    return (
      <Suspense fallback={<Skeleton rows={8} />}>
        <Parallel found={found} />
      </Suspense>
    )
  if (tab === 'metrics') return <CompareTable runs={found.runs} rows={found.metrics} what="metrics" />
  if (tab !== 'origin') return <CompareTable runs={found.runs} rows={found.params} what="params" />
  return (
    <>
      <CompareTable runs={found.runs} rows={found.origin} what="facts" />
      <h2 className="panel">Tags</h2>
      <CompareTable runs={found.runs} rows={found.tags} what="tags" />
    </>
  )
}

const mostAxes = 10

/** What differs becomes an axis: params first, then metrics. */
function Parallel({ found }: { found: Comparison }) {
  const drawn = useMemo(() => {
    const rows = [
      ...found.params.rows.map(row => ({ ...row, text: `params.${row.key}` })),
      ...found.metrics.rows.map(row => ({ ...row, text: `metrics.${row.key}` })),
    ]
      .filter(row => new Set(row.values).size > 1)
      .slice(0, mostAxes)
    return {
      axes: rows.map(row => ({ key: row.text, title: row.key })),
      runs: found.runs.map(
        (run, index): PlotRun => ({
          id: run.id,
          name: run.name,
          values: new Map(rows.map(row => [row.text, row.values[index] ?? null])),
        }),
      ),
    }
  }, [found])
  return <ParallelPlot {...drawn} />
}
