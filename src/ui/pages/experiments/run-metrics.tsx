import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { SeriesSummary } from '../../../api/tracking-runs.ts'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { formatCount, formatNumber, plural } from '../../format.ts'

const route = getRouteApi('/experiments/runs/$id')

/** Last, first, least and greatest of every metric, a page at a time, found by part of the name. */
export function RunMetrics({ run, live }: { run: string; live: boolean }) {
  const { q } = route.useSearch()
  const metrics = useInfiniteQuery(trackingQueries.metrics(run, q ?? '', live))
  return (
    <Panel title="Metrics" aside={metrics.data ? plural(metrics.data.pages[0]?.total ?? 0, 'metric') : null}>
      <SearchKeys />
      <Loaded query={metrics} rows={8}>
        {data => {
          const rows = data.pages.flatMap(page => page.items)
          if (rows.length === 0)
            return <p className="panel-note">No metric{q ? ' is called like that' : ' was logged'}.</p>
          return (
            <SimpleTable
              label="Metrics"
              head={['Metric', '>Last', '>Least', '>Greatest', '>First', '>Points', '>Last step']}
              rows={rows.map(cells)}
            />
          )
        }}
      </Loaded>
      {metrics.hasNextPage ? (
        <p className="more">
          <button type="button" className="button" onClick={() => void metrics.fetchNextPage()}>
            Show more
          </button>
        </p>
      ) : null}
    </Panel>
  )
}

export function SearchKeys() {
  const { q } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <div className="run-bar">
      <input
        className="input"
        style={{ width: 'min(260px, 100%)' }}
        type="search"
        aria-label="Search metrics"
        placeholder="part of the name"
        value={q ?? ''}
        onChange={event =>
          void navigate({
            search: previous => ({ ...previous, q: event.target.value || undefined }),
            replace: true,
            resetScroll: false,
          })
        }
      />
    </div>
  )
}

function cells({ key, latest, least, greatest, first, count }: SeriesSummary) {
  return [
    <code key="key">{key}</code>,
    <b key="last">{told(latest.value)}</b>,
    <AtStep key="least" point={least} />,
    <AtStep key="greatest" point={greatest} />,
    told(first.value),
    formatCount(count),
    formatCount(latest.step),
  ]
}

function AtStep({ point }: { point: SeriesSummary['least'] }) {
  if (point === null) return <span className="muted">none: all NaN</span>
  return <span title={`at step ${point.step}`}>{told(point.value)}</span>
}

function told(value: number | string): string {
  return typeof value === 'number' ? formatNumber(value, 6) : value
}
