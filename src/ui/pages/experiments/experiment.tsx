import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useMemo } from 'react'
import type { TrackedExperiment } from '../../../api/tracking-runs.ts'
import { Skeleton } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Segments } from '../../components/tabs.tsx'
import type { RunQuestion } from '../../data/tracking-queries.ts'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { FilterBox } from './filter-box.tsx'
import { formatColumn, type RunColumn } from './run-column.ts'
import { RunCount } from './run-count.tsx'
import { RunTable } from './run-table.tsx'
import { SavedViews, VanishedColumns } from './saved-views.tsx'
import { readColumns, type SearchChange, searchOf } from './table-state.ts'
import { useDefaultColumns } from './use-default-columns.ts'

const Plots = lazy(() => import('./plots.tsx').then(module => ({ default: module.Plots })))
const route = getRouteApi('/experiments/$name')

export function ExperimentPage() {
  const { name } = route.useParams()
  const experiment = useQuery(trackingQueries.experiment(name))
  return (
    <Page
      title={name}
      crumbs={<Link to="/experiments">Experiments</Link>}
      lede={experiment.data ? <RunCount experiment={experiment.data} /> : null}
    >
      <Loaded query={experiment} rows={10}>
        {data => <Body key={data.id} experiment={data} />}
      </Loaded>
    </Page>
  )
}

type Experiment = Omit<TrackedExperiment, 'runCount' | 'lastRunAt'>

function Body({ experiment }: { experiment: Experiment }) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const columns = useColumns(experiment.id)
  useWholeView(experiment.id)
  const question = useQuestion(experiment.id, columns ?? [])
  const change = (next: SearchChange) =>
    void navigate({
      search: previous => ({ ...previous, ...(typeof next === 'function' ? next(previous) : next) }),
      replace: true,
      resetScroll: false,
    })
  const rows = useQuery({ ...trackingQueries.count(scopeOf(question)), enabled: columns !== undefined })
  return (
    <>
      <FilterBox
        experiment={experiment.id}
        filter={search.filter}
        error={rows.error}
        onFilter={filter => change({ filter, open: undefined })}
      />
      <div className="run-bar">
        <Segments
          label="Show runs as"
          param="show"
          choices={[
            ['', 'Table'],
            ['nested', 'Nested'],
            ['parallel', 'Parallel'],
            ['scatter', 'Scatter'],
          ]}
        />
        <Segments
          label="Which runs"
          param="life"
          choices={[
            ['', 'Active'],
            ['deleted', 'Deleted'],
          ]}
        />
        <span className="push tags">
          <SavedViews
            experiment={experiment.id}
            search={search}
            onView={view =>
              void navigate({
                search: { ...(view ? { ...searchOf(view.content), view: view.id } : {}) },
                resetScroll: false,
              })
            }
          />
        </span>
      </div>
      <VanishedColumns view={search.view} />
      {columns === undefined ? (
        <Skeleton rows={10} />
      ) : search.show === 'parallel' || search.show === 'scatter' ? (
        <Suspense fallback={<Skeleton rows={10} />}>
          <Plots question={question} columns={columns} kind={search.show} onColumns={change} />
        </Suspense>
      ) : (
        <RunTable question={question} columns={columns} onChange={change} />
      )}
    </>
  )
}

/** Without its columns: what the number of runs depends on. */
function scopeOf({ experiments, filter, lifecycle }: RunQuestion) {
  return { experiments, ...(filter ? { filter } : {}), ...(lifecycle ? { lifecycle } : {}) }
}

function useColumns(experiment: string): readonly RunColumn[] | undefined {
  const { columns } = route.useSearch()
  const defaults = useDefaultColumns(experiment, columns === undefined)
  return useMemo(() => readColumns(columns) ?? defaults, [columns, defaults])
}

function useQuestion(experiment: string, columns: readonly RunColumn[]): RunQuestion {
  const { filter, order, life } = route.useSearch()
  return useMemo(
    () => ({
      experiments: [experiment],
      columns: columns.filter(column => column.kind !== 'attribute').map(formatColumn),
      ...(filter ? { filter } : {}),
      ...(order ? { orderBy: [order] } : {}),
      ...(life === 'deleted' ? { lifecycle: 'deleted' as const } : {}),
    }),
    [experiment, columns, filter, order, life],
  )
}

/** An address that names a view and nothing else shows all of the view. */
function useWholeView(experiment: string): void {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const only = search.view !== undefined && Object.keys(search).length === 1
  const views = useQuery({ ...trackingQueries.views(experiment), enabled: only })
  const view = only ? views.data?.items.find(each => each.id === search.view) : undefined
  useEffect(() => {
    if (view) void navigate({ search: { ...searchOf(view.content), view: view.id }, replace: true })
  }, [view, navigate])
}
