import { Link } from '@tanstack/react-router'
import { scaleLinear } from 'd3-scale'
import type { Run, Step } from '../../../api/pipelines.ts'
import { StepState } from '../../components/state.tsx'
import { formatElapsed, millis } from '../../format.ts'
import { stepNote } from './step-note.ts'

const width = 1000
const height = 22
/** Labels further right would stand outside. */
const lastLabel = 0.9 * width

interface Span {
  readonly from: number
  readonly to: number
}

/** Steps as rows, time to the right. The elapsed column and the state words are its table twin. */
export function Timeline({ run, chosen, now }: { run: Run; chosen: string | undefined; now: number }) {
  const span = runSpan(run, now)
  const scale = scaleLinear([span.from, span.to], [0, width])
  const ticks = tickTimes(span)
  const ran = run.steps.some(step => step.attempts.length > 0)
  return (
    <div className="timeline">
      <div className="timeline-axis" aria-hidden="true">
        <span />
        <div className="ticks">
          {ticks
            .filter(tick => ran && scale(tick) < lastLabel)
            .map(tick => (
              <i key={tick} style={{ left: `${scale(tick) / 10}%` }}>
                {tick === span.from ? '0' : formatElapsed(tick - span.from).replace(/ 00 s$/, '')}
              </i>
            ))}
        </div>
        <span />
      </div>
      <ol aria-label="Steps of the run">
        {run.steps.map(step => (
          <li key={step.id}>
            <StepRow step={step} chosen={step.id === chosen} now={now} x={at => scale(at)} ticks={ticks} />
          </li>
        ))}
      </ol>
    </div>
  )
}

interface RowProps {
  readonly step: Step
  readonly chosen: boolean
  readonly now: number
  readonly x: (at: number) => number
  readonly ticks: readonly number[]
}

function StepRow({ step, chosen, now, x, ticks }: RowProps) {
  const note = stepNote(step)
  return (
    <Link
      to="."
      search={((previous: object) => ({ ...previous, step: step.id, attempt: undefined })) as never}
      replace
      resetScroll={false}
      className="timeline-row"
      aria-current={chosen ? 'true' : undefined}
      activeProps={{ 'aria-current': chosen ? 'true' : undefined }}
    >
      <span className="name">
        <StepState value={step.state} iconOnly />
        <span>{step.title}</span>
      </span>
      {step.attempts.length > 0 ? (
        <svg
          className="timeline-track"
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {ticks.map(tick => (
            <line
              key={tick}
              className="grid"
              x1={x(tick)}
              x2={x(tick)}
              y1={0}
              y2={height}
              vectorEffect="non-scaling-stroke"
            />
          ))}
          <StepBars step={step} now={now} x={x} />
        </svg>
      ) : (
        <span className="note instead">{note}</span>
      )}
      <span className="elapsed">{elapsedText(step, now)}</span>
      {note && step.attempts.length > 0 ? <span className="note">{note}</span> : null}
    </Link>
  )
}

/** One bar per attempt; a reused step is an outline, for it took no time of this run. */
function StepBars({ step, now, x }: { step: Step; now: number; x: (at: number) => number }) {
  return step.attempts.map(attempt => {
    const from = millis(attempt.startedAt)
    const to = attempt.finishedAt ? millis(attempt.finishedAt) : now
    const look = attemptLooks[attempt.state] ?? 'done'
    return (
      <rect
        key={attempt.number}
        className={look}
        x={x(from)}
        y={5}
        width={Math.max(4, x(to) - x(from))}
        height={12}
        vectorEffect="non-scaling-stroke"
      />
    )
  })
}

const attemptLooks: Readonly<Record<string, string>> = {
  leased: 'running',
  running: 'running',
  succeeded: 'done',
  failed: 'failed',
  timed_out: 'failed',
  lost: 'lost',
  cancelled: 'lost',
}

function elapsedText(step: Step, now: number): string {
  if (step.state === 'reused') return 'reused'
  if (!step.startedAt) return step.state
  return formatElapsed((step.finishedAt ? millis(step.finishedAt) : now) - millis(step.startedAt))
}

function runSpan(run: Run, now: number): Span {
  const from = millis(run.startedAt ?? run.createdAt)
  const ends = run.steps.flatMap(step =>
    step.finishedAt ? [millis(step.finishedAt)] : step.startedAt ? [now] : [],
  )
  return { from, to: Math.max(from + 1000, ...ends, run.finishedAt ? millis(run.finishedAt) : from) }
}

const tickSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400].map(
  seconds => seconds * 1000,
)

/** At most seven round marks of elapsed time, the start among them. */
export function tickTimes({ from, to }: Span): readonly number[] {
  const every = tickSteps.find(step => (to - from) / step <= 6) ?? (to - from) / 6
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => from + index * every)
}
