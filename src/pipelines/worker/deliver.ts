import { setTimeout as sleep } from 'node:timers/promises'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { classOfCode } from '../classify-error.ts'
import type { AttemptRef, ControlPlane, Failure } from '../ports.ts'
import type { Outcome } from './attempt-folder.ts'

const firstWaitMs = 100
const longestWaitMs = 2_000
/** Answers that show a fault of the server before a result it cannot take is told as a failure instead. */
const faultsBeforeGivingUp = 5

/**
 * Tells the server how an attempt ended, again and again while it does not answer. False if that was given up because
 * the worker stops: the outcome stays in the folder for the next start. True once it was accepted, or refused for good.
 */
export async function deliver(
  control: ControlPlane,
  ref: AttemptRef,
  outcome: Outcome,
  stop: AbortSignal,
): Promise<boolean> {
  let telling = outcome
  let faults = 0
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      await send(control, ref, telling)
      return true
    } catch (error) {
      if (isFinal(error)) return true
      if (!isFettleError(error, 'SERVER_UNREACHABLE') && ++faults === faultsBeforeGivingUp)
        telling = { kind: 'fail', ...failureOf(error) }
    }
    if (stop.aborted) return false
    await sleep(waitMs, undefined, { signal: stop }).catch(() => {})
  }
}

async function send(control: ControlPlane, ref: AttemptRef, outcome: Outcome): Promise<void> {
  const { run, step, attempt, token } = ref
  const own = { run, step, attempt, token }
  if (outcome.kind === 'fail') {
    const { kind: _, ...failure } = outcome
    return control.fail({ ...own, ...failure })
  }
  try {
    await control.publish({ ...own, outputs: outcome.outputs })
  } catch (error) {
    if (!isFettleError(error) || isFinal(error) || error.status >= 500) throw error
    await control.fail({ ...own, ...failureOf(error) })
  }
}

/** The attempt is no longer ours: nothing we say about it counts. */
export function isFinal(error: unknown): boolean {
  return (
    isFettleError(error, 'STALE_TOKEN') ||
    isFettleError(error, 'ATTEMPT_UNKNOWN') ||
    isFettleError(error, 'RUN_UNKNOWN') ||
    isFettleError(error, 'ATTEMPT_BEGUN')
  )
}

/** How an error that stopped an attempt is told. What is not coded is a fault of ours. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FettleError)
    return { outcome: 'failed', errorClass: classOfCode(error.code), error: error.toJSON() }
  const { code, message } = error as NodeJS.ErrnoException
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const fault = full
    ? new FettleError('DISK_FULL', 'The disk of the worker is full')
    : new FettleError('INTERNAL', `The worker failed: ${message ?? String(error)}`)
  return { outcome: 'failed', errorClass: classOfCode(fault.code), error: fault.toJSON() }
}
