import { Link } from '@tanstack/react-router'
import type { Step } from '../../../api/pipelines.ts'
import { Command } from '../../components/command.tsx'
import { Hash } from '../../components/hash.tsx'
import { Notice } from '../../components/messages.tsx'
import { Facts, Panel } from '../../components/page.tsx'
import { StepState } from '../../components/state.tsx'
import { Elapsed, Time } from '../../components/time.tsx'
import { formatBytes, shortRun } from '../../format.ts'
import { LogView } from './log-view.tsx'
import { progressText } from './step-note.ts'

const faults: Readonly<Record<string, string>> = {
  user: 'Your code or definitions',
  data: 'The data',
  infra: 'The machine or a worker',
  capacity: 'Too little capacity',
  timeout: 'It took too long',
  bug: 'A fault inside Fettle',
}

export function StepPanel({ run, step, attempt }: { run: string; step: Step; attempt: number | undefined }) {
  const latest = step.attempts.at(-1)
  const shown = step.attempts.find(item => item.number === attempt) ?? latest
  return (
    <Panel title={step.title} aside={<StepState value={step.state} />}>
      {step.state === 'running' && step.progress ? <ProgressMeter progress={step.progress} /> : null}
      {shown?.error ? <StepError run={run} step={step} attempt={shown} /> : null}
      <div className="columns">
        <div>
          {step.attempts.length > 1 ? <Attempts step={step} chosen={shown?.number} /> : null}
          {step.attempts.length > 0 ? (
            <LogView run={run} step={step.id} attempt={attempt} />
          ) : (
            <p className="panel-note">
              {step.state === 'reused' ? <ReusedNote step={step} /> : 'Not started, so there is no log yet.'}
            </p>
          )}
        </div>
        <StepFacts step={step} />
      </div>
    </Panel>
  )
}

function ReusedNote({ step }: { step: Step }) {
  if (!step.reusedFrom) return <>Nothing ran: an equal step had succeeded before.</>
  return (
    <>
      Nothing ran: an equal step (same inputs, code, environment and params) succeeded in{' '}
      <Link to="/runs/$id" params={{ id: step.reusedFrom }} search={{ step: step.id }}>
        {shortRun(step.reusedFrom)}
      </Link>
      , where its log is.
    </>
  )
}

function ProgressMeter({ progress }: { progress: NonNullable<Step['progress']> }) {
  const share = progress.total ? Math.min(1, progress.done / progress.total) : null
  return (
    <div className="panel-body" role="status">
      <p className="small num">{progressText(progress)}</p>
      {share === null ? null : (
        <div
          className="meter"
          role="progressbar"
          aria-label="Progress"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(share * 100)}
        >
          <span style={{ width: `${share * 100}%` }} />
        </div>
      )}
    </div>
  )
}

function StepError({ run, step, attempt }: { run: string; step: Step; attempt: Step['attempts'][number] }) {
  const { error, errorClass } = attempt
  if (!error) return null
  return (
    <div className="error-block">
      <Notice tone="bad">
        <p>
          {error.message} <code className="muted">{error.code}</code>
        </p>
        {error.hint ? <p className="soft">{error.hint}</p> : null}
        {errorClass ? <p className="small soft">Cause: {faults[errorClass] ?? errorClass}</p> : null}
        <Command line={`fettle logs ${run} ${step.id}`} />
      </Notice>
    </div>
  )
}

function Attempts({ step, chosen }: { step: Step; chosen: number | undefined }) {
  return (
    <nav className="segments panel-body" aria-label="Attempts">
      {step.attempts.map(attempt => (
        <Link
          key={attempt.number}
          to="."
          search={
            ((previous: object) => ({ ...previous, step: step.id, attempt: String(attempt.number) })) as never
          }
          replace
          resetScroll={false}
          aria-current={attempt.number === chosen ? 'page' : undefined}
        >
          Attempt {attempt.number} <span className="muted">{attempt.state.replace('_', ' ')}</span>
        </Link>
      ))}
    </nav>
  )
}

function StepFacts({ step }: { step: Step }) {
  const worker = step.attempts.at(-1)?.worker
  return (
    <Facts
      items={[
        ['Step', <code key="id">{step.id}</code>],
        ['Needs', step.needs.join(', ') || 'nothing'],
        ['Started', <Time key="started" at={step.startedAt} />],
        ['Took', <Elapsed key="took" from={step.startedAt} to={step.finishedAt} />],
        ['Worker', worker ?? null],
        ['Key', step.key ? <Hash key="key" value={step.key} /> : 'known when its inputs are'],
        ...Object.entries(step.outputs).map(
          ([name, artifact]) => [`Output ${name}`, <Output key={name} artifact={artifact} />] as const,
        ),
      ]}
    />
  )
}

function Output({ artifact }: { artifact: Step['outputs'][string] }) {
  return (
    <>
      {artifact.kind}, {formatBytes(artifact.bytes)}, <Hash value={artifact.hash} />
    </>
  )
}
