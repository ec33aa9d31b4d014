import type { ErrorClass, StepPlan } from './model.ts'
import type { StoredAttempt } from './ports.ts'

export interface RetryPolicy {
  /** Wait before the second attempt after an infra failure, doubled each time. */
  readonly baseMs: number
  readonly capMs: number
}

export const defaultRetryPolicy: RetryPolicy = { baseMs: 10_000, capMs: 600_000 }

/** Attempts in a row that took their worker with them before the step itself is blamed. */
export const lossesBeforeBlame = 3

export type RetryDecision =
  | { readonly retry: true; readonly waitMs: number }
  | { readonly retry: false; readonly blame: boolean }

/**
 * Whether a step gets another attempt after its last one ended as it did, by the budget of that error's class.
 * The wait is drawn evenly from [0, base × 2^n) up to the cap (full jitter); `random` is in [0, 1).
 */
export function decideRetry(
  step: StepPlan,
  attempts: readonly StoredAttempt[],
  options: { policy: RetryPolicy; random: number },
): RetryDecision {
  const last = attempts.at(-1)
  if (last?.errorClass == null) return { retry: false, blame: false }
  if (lossesInRow(attempts) >= lossesBeforeBlame) return { retry: false, blame: true }
  const used = attempts.filter(attempt => attempt.errorClass === last.errorClass).length
  if (used > budgetOf(step, last.errorClass)) return { retry: false, blame: false }
  const ceiling = Math.min(options.policy.capMs, options.policy.baseMs * 2 ** (used - 1))
  return { retry: true, waitMs: Math.floor(ceiling * options.random) }
}

function lossesInRow(attempts: readonly StoredAttempt[]): number {
  const lastOther = attempts.findLastIndex(attempt => attempt.state !== 'lost')
  return attempts.length - 1 - lastOther
}

function budgetOf(step: StepPlan, errorClass: ErrorClass): number {
  const budgets: Record<ErrorClass, number> = {
    infra: step.retry.infra,
    capacity: step.retry.infra,
    user: step.retry.user,
    timeout: step.retry.user,
    data: 0,
    bug: 1,
  }
  return budgets[errorClass]
}
