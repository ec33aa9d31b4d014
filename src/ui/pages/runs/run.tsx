import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { Run } from '../../../api/pipelines.ts'
import { Hash } from '../../components/hash.tsx'
import { Facts, Loaded, Page, Panel } from '../../components/page.tsx'
import { State } from '../../components/state.tsx'
import { Elapsed, Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatValue, shortRun } from '../../format.ts'
import { RunActions } from './run-actions.tsx'
import { StepPanel } from './step-panel.tsx'
import { Timeline } from './timeline.tsx'

const route = getRouteApi('/runs/$id')

export function RunPage() {
  const { id } = route.useParams()
  const run = useQuery({
    ...queries.run(id),
    refetchInterval: query => (isActive(query.state.data) ? 5_000 : false),
  })
  return (
    <Page
      title={run.data ? `Run of ${run.data.pipeline}` : 'Run'}
      tab={run.data ? `${run.data.pipeline}, run ${run.data.state}` : 'Run'}
      crumbs={
        <>
          <Link to="/runs">Runs</Link> / <code title={id}>{shortRun(id)}</code>
        </>
      }
      lede={run.data ? <Answer run={run.data} /> : null}
    >
      <Loaded query={run} rows={12}>
        {data => <Body run={data} />}
      </Loaded>
    </Page>
  )
}

function allReused(run: Run): boolean {
  return run.steps.length > 0 && run.steps.every(step => step.state === 'reused')
}

export function isActive(run: Run | undefined): boolean {
  return run !== undefined && ['queued', 'running', 'cancelling'].includes(run.state)
}

function Answer({ run }: { run: Run }) {
  const reused = run.steps.filter(step => step.state === 'reused').length
  const done = run.steps.filter(step => step.state === 'succeeded' || step.state === 'reused').length
  return (
    <span role="status">
      <State value={run.state} />
      {`: ${done} of ${run.stepsTotal} steps done`}
      {reused > 0 ? `, ${reused} of them reused` : ''}
      {run.currentStep && isActive(run) ? `; at ${run.currentStep}` : ''}.
    </span>
  )
}

function Body({ run }: { run: Run }) {
  const { step: chosen, attempt } = route.useSearch()
  const now = useNow(isActive(run))
  const step = run.steps.find(item => item.id === chosen) ?? defaultStep(run)
  return (
    <>
      <RunActions run={run} />
      <Panel title="Steps" aside={allReused(run) ? 'nothing had to run' : 'time since the run started'}>
        <Timeline run={run} chosen={step?.id} now={now} />
      </Panel>
      {step ? (
        <StepPanel key={step.id} run={run.id} step={step} attempt={attempt ? Number(attempt) : undefined} />
      ) : null}
      <Panel title="About this run">
        <Facts
          items={[
            ['Id', <code key="id">{run.id}</code>],
            ['Asked for', <Time key="created" at={run.createdAt} full />],
            ['Started', <Time key="started" at={run.startedAt} full />],
            ['Finished', <Time key="finished" at={run.finishedAt} full />],
            ['Took', <Elapsed key="took" from={run.startedAt} to={run.finishedAt} />],
            ['Definitions', <Hash key="definition" value={run.definition} />],
            ...Object.entries(run.params).map(
              ([key, value]) => [`Parameter ${key}`, <Param key={key} value={value} />] as const,
            ),
          ]}
        />
      </Panel>
    </>
  )
}

function Param({ value }: { value: unknown }) {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? (
    <Time at={value} full />
  ) : (
    <code>{formatValue(value)}</code>
  )
}

/** The step a reader most likely wants: what failed, else what runs, else the last that did something. */
function defaultStep(run: Run) {
  return (
    run.steps.find(step => step.state === 'failed') ??
    run.steps.find(step => step.state === 'running') ??
    run.steps.findLast(step => step.startedAt !== null) ??
    run.steps[0]
  )
}

function useNow(ticking: boolean): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (!ticking) return
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [ticking])
  return now
}
