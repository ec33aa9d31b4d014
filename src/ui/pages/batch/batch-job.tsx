import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { BatchJobDetailView, BatchJobView } from '../../../api/batch.ts'
import { request } from '../../api.ts'
import { useFirst } from '../../components/first-rows.tsx'
import { Hash } from '../../components/hash.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Facts, Figures, Loaded, Page, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Elapsed, Time } from '../../components/time.tsx'
import { formatCount, formatMicros, plural } from '../../format.ts'
import { Dialog } from '../../shell/dialog.tsx'
import { JobReport } from './job-report.tsx'
import { JobProgress, outputText, rowsDone, speedText } from './progress.tsx'
import { batchQueries } from './queries.ts'

const route = getRouteApi('/batch-jobs/$id')

export function BatchJobPage() {
  const { id } = route.useParams()
  const job = useQuery(batchQueries.job(id))
  return (
    <Page
      title={job.data ? `${job.data.job.pipeline} with r${job.data.job.release}` : 'Batch job'}
      tab="Batch job"
      crumbs={<Link to="/batch-jobs">Batch jobs</Link>}
      lede={job.data ? <Answer job={job.data.job} /> : null}
      actions={job.data ? <Actions job={job.data.job} /> : null}
    >
      <Loaded query={job} rows={10}>
        {data => <Body detail={data} />}
      </Loaded>
    </Page>
  )
}

function Answer({ job }: { job: BatchJobView }) {
  const left = job.rows - rowsDone(job)
  return (
    <>
      <State value={job.state} />: {formatCount(job.outputs)} of {plural(job.rows, 'row')} in the output,{' '}
      {job.quarantined === 0 ? 'none put aside' : `${formatCount(job.quarantined)} put aside`}
      {left === 0 ? '.' : `, ${formatCount(left)} to go.`}
    </>
  )
}

function Body({ detail }: { detail: BatchJobDetailView }) {
  const { job, terms, partitions } = detail
  return (
    <>
      <section className="panel" aria-label="Progress">
        <JobProgress job={job} />
        <Figures
          items={[
            // The report of a complete job has its own, without the time it waited.
            ...(job.report === null ? ([['Speed', speedText(detail)]] as const) : []),
            ['Partitions', `${formatCount(job.partitions.committed)} of ${formatCount(job.partitions.all)}`],
            ['Put aside', formatCount(job.quarantined)],
            ['Took', <Elapsed key="took" from={job.createdAt} to={job.endedAt} />],
          ]}
        />
      </section>
      <div className="columns">
        {job.report === null ? (
          <Panel title="Report">
            <p className="panel-note">It is written when the job ends.</p>
          </Panel>
        ) : (
          <JobReport report={job.report} />
        )}
        <Panel title="Terms">
          <Facts
            items={[
              [
                'Into',
                <span key="to" className="break">
                  {outputText(job.to)}
                </span>,
              ],
              [
                'Deployment',
                <Link key="deployment" to="/deployments/$name" params={{ name: job.deployment }}>
                  {job.deployment}
                </Link>,
              ],
              [
                'Run',
                job.run === null ? (
                  'none'
                ) : (
                  <Link key="run" to="/runs/$id" params={{ id: job.run }}>
                    {job.pipeline}
                  </Link>
                ),
              ],
              [
                'Features as of',
                terms.asOf === null ? (
                  (terms.time ?? 'each row’s time')
                ) : (
                  <Time key="of" at={terms.asOf} full />
                ),
              ],
              ['Logged', terms.log ? 'yes, as decisions of kind batch' : 'no'],
              ['Started', <Time key="at" at={job.createdAt} full />],
              ['By', job.by],
              ['Rows', <Hash key="snapshot" value={terms.snapshot} />],
              ['Release', <Hash key="release" value={terms.release} />],
              ['Code', <Hash key="code" value={terms.code} />],
            ]}
          />
          <p className="panel-note">
            The same terms are the same job: asked for again it goes on where it was.{' '}
            {terms.log ? (
              <Link to="/decisions" search={{ deployment: job.deployment, kind: 'batch' }}>
                Its decisions
              </Link>
            ) : null}
          </p>
        </Panel>
      </div>
      <Partitions partitions={partitions} all={job.partitions.all} />
    </>
  )
}

const firstPartitions = 20

function Partitions({ partitions, all }: Pick<BatchJobDetailView, 'partitions'> & { all: number }) {
  const [shown, more] = useFirst(partitions, firstPartitions)
  return (
    <Panel title="Partitions" aside={`${formatCount(partitions.length)} of ${formatCount(all)} committed`}>
      {partitions.length === 0 ? (
        <p className="panel-note">
          None is committed yet. What is committed stays, whatever becomes of the job.
        </p>
      ) : (
        <SimpleTable
          label="Partitions"
          head={['>#', '>Rows', '>Put aside', '>Acted on', '>CPU', 'Content', 'Committed']}
          rows={shown.map(each => [
            each.partition,
            formatCount(each.rows),
            formatCount(each.quarantined),
            formatCount(each.acted),
            formatMicros(each.cpuMicros),
            <Hash key="sha" value={each.sha256} />,
            <Time key="at" at={each.committedAt} />,
          ])}
        />
      )}
      {more}
    </Panel>
  )
}

function Actions({ job }: { job: BatchJobView }) {
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  const act = useMutation({
    mutationFn: (name: 'cancelBatch' | 'resumeBatch') => request(name, { params: { id: job.id } }),
    onSettled: () => {
      setAsking(false)
      void client.invalidateQueries({ queryKey: ['batchJob', job.id] })
    },
  })
  return (
    <>
      {job.state === 'running' ? (
        <button type="button" className="button" onClick={() => setAsking(true)}>
          Cancel…
        </button>
      ) : job.state === 'complete' ? null : (
        <button
          type="button"
          className="button"
          disabled={act.isPending}
          onClick={() => act.mutate('resumeBatch')}
        >
          Go on
        </button>
      )}
      {act.error ? <ErrorNotice error={act.error} /> : null}
      {asking ? (
        <Dialog label="Cancel this job" className="picker" onClose={() => setAsking(false)}>
          <h2>Cancel this job</h2>
          <p>
            No further partition is scored. {plural(job.partitions.committed, 'partition')} committed so far
            stay in the output, and “Go on” takes up the rest.
          </p>
          <div className="try-actions">
            <button
              type="button"
              className="button primary"
              disabled={act.isPending}
              onClick={() => act.mutate('cancelBatch')}
            >
              Cancel the job
            </button>
            <button type="button" className="button" onClick={() => setAsking(false)}>
              Let it run
            </button>
          </div>
        </Dialog>
      ) : null}
    </>
  )
}
