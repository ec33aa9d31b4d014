import type { Step } from '../../../api/pipelines.ts'
import { formatCount, formatNumber, shortRun } from '../../format.ts'

/** One line under a step: why it did not run, how far it is, or what it waits for. */
export function stepNote(step: Step): string | undefined {
  if (step.state === 'reused')
    return `same inputs, code and params as in ${step.reusedFrom ? `run ${shortRun(step.reusedFrom)}` : 'an earlier run'}`
  if (step.state === 'running' && step.progress) return progressText(step.progress)
  if (step.state === 'waiting' && step.needs.length > 0) return `after ${step.needs.join(', ')}`
  if (step.state === 'blocked') return 'a step it needs did not succeed'
  const failed = step.attempts.at(-1)
  if (step.state === 'failed' && failed?.error) return `${failed.error.code}: ${failed.error.message}`
  if (step.attempts.length > 1) return `${step.attempts.length} attempts`
  return undefined
}

export function progressText(progress: NonNullable<Step['progress']>): string {
  const { done, total, unit, message } = progress
  const count =
    total === null
      ? `${formatCount(done)} ${unit}`
      : `${formatCount(done)} of ${formatCount(total)} ${unit} (${formatNumber(Math.round((100 * done) / Math.max(total, 1)))} %)`
  return message ? `${count} · ${message}` : count
}
