import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import type { BatchJobView } from '../../../api/batch.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty, ErrorNotice, Skeleton } from '../../components/messages.tsx'
import { Page } from '../../components/page.tsx'
import { State } from '../../components/state.tsx'
import { Elapsed, Time } from '../../components/time.tsx'
import { formatCount, shortRun } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { JobProgress, outputText } from './progress.tsx'
import { batchQueries } from './queries.ts'

const route = getRouteApi('/batch-jobs')
const column = createColumnHelper<BatchJobView>()
const columns = [
  column.accessor('id', {
    header: 'Job',
    meta: { heading: true },
    cell: ({ row: { original } }) => (
      <Link
        to="/batch-jobs/$id"
        params={{ id: original.id }}
        className="row-link"
        aria-label={`${original.pipeline} job ${original.id}`}
      >
        {original.deployment} r{original.release} <code className="tiny muted">{shortRun(original.id)}</code>
      </Link>
    ),
  }),
  column.accessor('state', { header: 'State', cell: info => <State value={info.getValue()} /> }),
  column.accessor('outputs', {
    header: 'Progress',
    cell: ({ row: { original } }) => <JobProgress job={original} />,
  }),
  column.accessor('quarantined', {
    header: 'Put aside',
    meta: { right: true, wideOnly: true },
    cell: info => formatCount(info.getValue()),
  }),
  column.accessor('to', {
    header: 'Into',
    meta: { wideOnly: true },
    cell: info => <span className="break">{outputText(info.getValue())}</span>,
  }),
  column.accessor('createdAt', {
    header: 'Started',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
  column.accessor('endedAt', {
    header: 'Took',
    meta: { right: true, wideOnly: true },
    cell: ({ row: { original } }) => <Elapsed from={original.createdAt} to={original.endedAt} />,
  }),
]

export function BatchJobsPage() {
  const { deployment } = route.useSearch()
  const jobs = useInfiniteQuery(batchQueries.jobs(deployment))
  const items = jobs.data?.pages.flatMap(page => page.items) ?? []
  return (
    <Page
      title="Batch jobs"
      lede={
        deployment === undefined
          ? 'Many rows scored by a release at once, with the same code and the same bits as online.'
          : `Those of ${deployment}.`
      }
    >
      {jobs.error && items.length === 0 ? (
        <ErrorNotice error={jobs.error} onRetry={() => void jobs.refetch()} />
      ) : jobs.isPending ? (
        <Skeleton rows={5} />
      ) : items.length === 0 ? (
        <Empty text={deployment === undefined ? emptyTexts.batchJobs : emptyTexts.filtered} />
      ) : (
        <>
          <DataTable label="Batch jobs" data={items} columns={columns} rowId={item => item.id} />
          {jobs.hasNextPage ? (
            <p className="more">
              <button type="button" className="button" onClick={() => void jobs.fetchNextPage()}>
                {jobs.isFetchingNextPage ? 'Reading…' : 'Older'}
              </button>
            </p>
          ) : null}
        </>
      )}
    </Page>
  )
}
