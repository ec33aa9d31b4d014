import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { ExperimentRun } from '../../../api/tracking.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Segments } from '../../components/tabs.tsx'
import { queries } from '../../data/queries.ts'
import { formatSorting, parseSorting } from '../../data/sorting.ts'
import { formatFixed, plural } from '../../format.ts'
import { emptyTexts, metricWord } from '../../texts.ts'
import { runColumns } from './run-columns.tsx'

const route = getRouteApi('/experiments/$name')

export function ExperimentPage() {
  const { name } = route.useParams()
  const runs = useQuery(queries.experimentRuns(name))
  return (
    <Page
      title={name}
      crumbs={<Link to="/experiments">Experiments</Link>}
      lede={runs.data ? <Answer runs={runs.data.items} /> : null}
    >
      <Loaded query={runs} rows={8}>
        {page =>
          page.items.length > 0 ? <RunsTable runs={page.items} /> : <Empty text={emptyTexts.experimentRuns} />
        }
      </Loaded>
    </Page>
  )
}

/** Which is best so far, by the metric models are most often judged by. */
function Answer({ runs }: { runs: readonly ExperimentRun[] }) {
  const measured = runs.flatMap(run => {
    const value = run.metrics['judge.roc_auc'] ?? run.metrics['roc_auc']
    return typeof value === 'number' ? [{ run, value }] : []
  })
  const best = measured.toSorted((left, right) => right.value - left.value)[0]
  if (!best) return <>{plural(runs.length, 'run')}.</>
  return (
    <>
      {plural(runs.length, 'run')}. Best {metricWord('roc_auc')} so far:{' '}
      <Link to="/experiments/runs/$id" params={{ id: best.run.id }}>
        {best.run.name}
      </Link>{' '}
      with <span className="num">{formatFixed(best.value)}</span>.
    </>
  )
}

function RunsTable({ runs }: { runs: readonly ExperimentRun[] }) {
  const { sort, params } = route.useSearch()
  const navigate = route.useNavigate()
  const columns = useMemo(() => runColumns(runs, params === 'all'), [runs, params])
  return (
    <>
      <div className="filters">
        <Segments
          label="Params"
          param="params"
          choices={[
            ['', 'Params that differ'],
            ['all', 'All params'],
          ]}
        />
      </div>
      <DataTable
        label="Runs"
        data={runs}
        columns={columns}
        rowId={run => run.id}
        sorting={parseSorting(sort)}
        onSort={next =>
          void navigate({
            search: previous => ({ ...previous, sort: formatSorting(next) }),
            replace: true,
            resetScroll: false,
          })
        }
      />
    </>
  )
}
