import { useQuery } from '@tanstack/react-query'
import type { TrackedRun } from '../../../api/tracking-runs.ts'
import { Command } from '../../components/command.tsx'
import { Panel } from '../../components/page.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'

/** What to type to go on with a run that ended early or went silent, or to begin another from one of its steps. */
export function GoOn({ run }: { run: TrackedRun }) {
  const curves = useQuery(trackingQueries.longest(run.id))
  if (run.lifecycle === 'deleted' || (run.status === 'running' && run.liveness.state === 'alive')) return null
  const step = curves.data ?? undefined
  const resumes = run.status !== 'finished'
  if (!resumes && (step === undefined || run.pipelineRun !== null)) return null
  return (
    <Panel title="Go on with it">
      {resumes ? <Resume run={run} /> : null}
      {step !== undefined && run.pipelineRun === null ? (
        <>
          <p className="panel-note">
            From a step of it as a new run, which has its earlier points (Fettle's Python client):
          </p>
          <Command line={`fettle.init_run(fork_from=("${run.id}", ${step}))`} />
        </>
      ) : null}
    </Panel>
  )
}

function Resume({ run }: { run: TrackedRun }) {
  if (run.pipelineRun !== null)
    return (
      <>
        <p className="panel-note">The pipeline run that made it can be resumed: finished steps are kept.</p>
        <Command line={`fettle resume ${run.pipelineRun}`} />
      </>
    )
  return (
    <>
      <p className="panel-note">
        In your program: the run is running again and points append, with the gap shown. With MLflow's client,
        or with Fettle's:
      </p>
      <Command line={`mlflow.start_run(run_id="${run.id}")`} />
      <Command line={`fettle.init_run(resume="${run.id}")`} />
    </>
  )
}
