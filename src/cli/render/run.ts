import type { Run, RunSummary, Step } from '../../api/pipelines.ts'
import type { Paint } from '../io.ts'
import { formatAgo, formatCount, formatElapsed, plain, plural, table } from './text.ts'

export function renderRuns(
  runs: readonly RunSummary[],
  { now, filtered }: { readonly now: number; readonly filtered: boolean },
): string {
  if (runs.length === 0)
    return filtered ? 'No run is like that.\n' : 'No runs yet. Start one: fettle run PIPELINE\n'
  return table(
    ['run', 'pipeline', 'state', 'steps', 'started', 'took', 'at'],
    runs.map(run => [
      run.id,
      run.pipeline,
      run.state,
      `${run.stepsDone}/${run.stepsTotal}`,
      formatAgo(run.startedAt ?? run.createdAt, now),
      tookWords(run, now),
      run.currentStep ?? '',
    ]),
  )
}

function tookWords(
  times: { readonly startedAt: string | null; readonly finishedAt: string | null },
  now: number,
): string {
  if (times.startedAt === null) return ''
  return formatElapsed(
    (times.finishedAt === null ? now : Date.parse(times.finishedAt)) - Date.parse(times.startedAt),
  )
}

/** A run with its steps, and why it failed if it did. */
export function renderRun(run: Run, { now, paint }: { readonly now: number; readonly paint: Paint }): string {
  const head = `${paint.bold(run.pipeline)}  ${run.id}\n${stateWord(run.state, paint)}, ${plural(run.stepsTotal, 'step')}, took ${tookWords(run, now) || 'no time yet'}\n\n`
  const steps = table(
    ['step', 'state', 'took', 'tries', 'result'],
    run.steps.map(step => [
      step.id,
      step.state,
      step.state === 'reused' ? '' : tookWords(step, now),
      step.attempts.length === 0 ? '' : String(step.attempts.length),
      stepResult(step),
    ]),
  )
  return head + steps + run.steps.map(step => failureOf(step, run.id)).join('')
}

function stateWord(state: Run['state'], paint: Paint): string {
  if (state === 'succeeded') return paint.green(state)
  return state === 'failed' ? paint.red(state) : state
}

function stepResult(step: Step): string {
  if (step.state === 'reused') return `reused from ${step.reusedFrom ?? 'an earlier run'}`
  if (step.state === 'running' && step.progress !== null) return progressWords(step.progress)
  return step.progress?.message ?? ''
}

/** `1 200 000 of 3 000 000 rows (40 %): joining`. */
export function progressWords({ done, total, unit, message }: NonNullable<Step['progress']>): string {
  const share = total === null || total === 0 ? '' : ` of ${formatCount(total)}`
  const percent = total === null || total === 0 ? '' : ` (${Math.floor((100 * done) / total)} %)`
  const amount = done === 0 && total === null ? '' : `${formatCount(done)}${share} ${unit}${percent}`
  return [amount, plain(message)].filter(part => part !== '').join(': ')
}

function failureOf(step: Step, run: string): string {
  const error = step.attempts.at(-1)?.error
  if (step.state !== 'failed' || error === undefined || error === null) return ''
  return `\n${step.id} failed: ${error.code}: ${plain(error.message)}\n${plain(error.hint)}\nIts log: fettle logs ${run} ${step.id}\n`
}

/** What is told once per step while a run is followed without a terminal: one line for each change of state. */
export function stepLines(before: Run | undefined, after: Run, now: number): string[] {
  const known = new Map(before?.steps.map(step => [step.id, step.state]))
  return after.steps
    .filter(step => known.get(step.id) !== step.state && told.has(step.state))
    .map(step => stepLine(step, now))
}

const told: ReadonlySet<Step['state']> = new Set([
  'running',
  'succeeded',
  'reused',
  'failed',
  'cancelled',
  'blocked',
  'skipped',
])

function stepLine(step: Step, now: number): string {
  switch (step.state) {
    case 'running':
      return `${step.title}: started`
    case 'succeeded':
      return `${step.title}: done in ${tookWords(step, now)}${step.progress?.message ? `: ${plain(step.progress.message)}` : ''}`
    case 'reused':
      return `${step.title}: unchanged, reused`
    case 'failed':
      return `${step.title}: failed after ${tookWords(step, now)}`
    default:
      return `${step.title}: ${step.state}`
  }
}

/** One line on what runs now; empty when nothing does. */
export function nowLine(run: Run, now: number): string {
  return run.steps
    .filter(step => step.state === 'running')
    .map(step => {
      const words = step.progress === null ? '' : ` · ${progressWords(step.progress)}`
      return `${step.title} · ${tookWords(step, now)}${words}`
    })
    .join('   ')
}

/** The last words on a followed run: how it ended, how long it took and where the time went. */
export function runSummaryLine(run: Run, now: number): string {
  const reused = run.steps.filter(step => step.state === 'reused').length
  const slowest = run.steps
    .flatMap(step =>
      step.state === 'reused' || step.startedAt === null || step.finishedAt === null
        ? []
        : [{ step, took: Date.parse(step.finishedAt) - Date.parse(step.startedAt) }],
    )
    .sort((a, b) => b.took - a.took)
    .slice(0, 3)
    .map(({ step, took }) => `${step.id} ${formatElapsed(took)}`)
  const parts = [plural(run.stepsTotal, 'step'), ...(reused === 0 ? [] : [`${reused} reused`])]
  const time = slowest.length === 0 ? '' : `, most of it: ${slowest.join(', ')}`
  return `Run ${run.id} ${run.state}: ${parts.join(', ')}, ${tookWords(run, now) || '0.0 s'}${time}.`
}
