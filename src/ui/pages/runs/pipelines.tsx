import type { UseQueryResult } from '@tanstack/react-query'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { PipelineSummary } from '../../../api/pipelines.ts'
import { request } from '../../api.ts'
import { Command } from '../../components/command.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'

/** Pipelines with their newest run, and what starts one. */
export function Pipelines({ query }: { query: UseQueryResult<{ items: PipelineSummary[] }, Error> }) {
  const navigate = useNavigate()
  const client = useQueryClient()
  const start = useMutation({
    mutationFn: (pipeline: string) =>
      request('startRun', { body: { pipeline, idempotencyKey: crypto.randomUUID() } }),
    onSuccess: run => {
      client.setQueryData(['run', run.id], run)
      void navigate({ to: '/runs/$id', params: { id: run.id } })
    },
  })
  if (query.data?.items.length === 0) return null
  return (
    <Panel
      title="Pipelines"
      note="A run does only what is not done: steps whose inputs, code and params are unchanged are reused."
    >
      {start.error ? <ErrorNotice error={start.error} /> : null}
      <Loaded query={query} rows={2}>
        {data => (
          <SimpleTable
            label="Pipelines"
            head={['Pipeline', 'Steps', 'Newest run', 'By itself', 'Start']}
            rows={data.items.map(pipeline => [
              <span key="title">{pipeline.title}</span>,
              <span key="steps" className="num" title={pipeline.steps.map(step => step.title).join('\n')}>
                {pipeline.steps.length}
              </span>,
              <LastRun key="last" run={pipeline.lastRun} />,
              <NextRun key="next" pipeline={pipeline} />,
              <span key="start" className="start-cell">
                <button
                  type="button"
                  className="button"
                  disabled={start.isPending}
                  onClick={() => start.mutate(pipeline.name)}
                  aria-label={`Run ${pipeline.title}`}
                >
                  Run
                </button>
                <Command line={`fettle run ${pipeline.name}`} />
              </span>,
            ])}
          />
        )}
      </Loaded>
    </Panel>
  )
}

function NextRun({ pipeline: { schedule, nextAt } }: { pipeline: PipelineSummary }) {
  if (schedule === null || nextAt === null) return <span className="muted">only when asked</span>
  return (
    <span>
      {schedule}, next <time dateTime={nextAt}>{nextAt.slice(0, 16).replace('T', ' ')}</time> UTC
    </span>
  )
}

function LastRun({ run }: { run: PipelineSummary['lastRun'] }) {
  if (!run) return <span className="muted">never run</span>
  return (
    <Link to="/runs/$id" params={{ id: run.id }} aria-label={`Newest run, ${run.state}`}>
      <State value={run.state} />
    </Link>
  )
}
