import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import type { RunSummary } from '../../../api/pipelines.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { State } from '../../components/state.tsx'
import { Elapsed, Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { shortRun } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { Pipelines } from './pipelines.tsx'

const states = ['queued', 'running', 'paused', 'cancelling', 'succeeded', 'failed', 'cancelled'] as const
const route = getRouteApi('/runs')

const column = createColumnHelper<RunSummary>()
const columns = [
  column.accessor('id', {
    header: 'Run',
    meta: { heading: true },
    cell: ({ row: { original: run } }) => (
      <Link
        to="/runs/$id"
        params={{ id: run.id }}
        className="row-link"
        aria-label={`${run.pipeline} run ${run.id}`}
      >
        <code title={run.id}>{shortRun(run.id)}</code>
      </Link>
    ),
  }),
  column.accessor('state', { header: 'State', cell: info => <State value={info.getValue()} /> }),
  column.accessor('pipeline', { header: 'Pipeline' }),
  column.accessor('stepsDone', {
    header: 'Steps ended',
    meta: { right: true, wideOnly: true },
    cell: ({ row: { original: run } }) => `${run.stepsDone} of ${run.stepsTotal}`,
  }),
  column.accessor('currentStep', {
    header: 'At step',
    meta: { wideOnly: true },
    cell: info => info.getValue() ?? <span className="muted">—</span>,
  }),
  column.accessor('createdAt', {
    header: 'Started',
    meta: { wideOnly: true },
    cell: ({ row: { original: run } }) => <Time at={run.startedAt ?? run.createdAt} />,
  }),
  column.accessor('finishedAt', {
    header: 'Took',
    meta: { right: true },
    cell: ({ row: { original: run } }) => <Elapsed from={run.startedAt} to={run.finishedAt} />,
  }),
]

export function RunsPage() {
  const { pipeline, state, cursor } = route.useSearch()
  const pipelines = useQuery(queries.pipelines())
  const runs = useQuery(
    queries.runs({ pipeline, state: states.find(item => item === state), cursor, limit: 100 }),
  )
  return (
    <Page title="Runs" lede="Pipelines compiled from the definitions, and every run of them.">
      <Pipelines query={pipelines} />
      <section className="panel" aria-label="Runs">
        <RunFilters pipelines={pipelines.data?.items.map(item => item.name) ?? []} />
        <Loaded query={runs} rows={8}>
          {page =>
            page.items.length > 0 ? (
              <>
                <DataTable label="Runs" data={page.items} columns={columns} rowId={run => run.id} />
                <Paging next={page.next} from={cursor} />
              </>
            ) : (
              <Empty text={pipeline || state ? emptyTexts.filtered : emptyTexts.runs} />
            )
          }
        </Loaded>
      </section>
    </Page>
  )
}

function Paging({ next, from }: { next: string | undefined; from: string | undefined }) {
  if (!next && !from) return null
  return (
    <nav className="segments" aria-label="Pages of runs">
      {from ? (
        <Link to="/runs" search={previous => ({ ...previous, cursor: undefined })} activeProps={{}}>
          Newest
        </Link>
      ) : null}
      {next ? (
        <Link to="/runs" search={previous => ({ ...previous, cursor: next })} activeProps={{}}>
          Older
        </Link>
      ) : null}
    </nav>
  )
}

function RunFilters({ pipelines }: { pipelines: readonly string[] }) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const set = (key: 'pipeline' | 'state', value: string) =>
    void navigate({
      search: previous => ({ ...previous, [key]: value || undefined, cursor: undefined }),
      replace: true,
    })
  return (
    <div className="filters">
      <select
        className="input"
        aria-label="Pipeline"
        value={search.pipeline ?? ''}
        onChange={event => set('pipeline', event.target.value)}
      >
        <option value="">All pipelines</option>
        {pipelines.map(name => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        className="input"
        aria-label="State"
        value={search.state ?? ''}
        onChange={event => set('state', event.target.value)}
      >
        <option value="">All states</option>
        {states.map(name => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  )
}
