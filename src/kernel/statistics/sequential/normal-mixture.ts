import { FettleError } from '../../errors/index.ts'
import type { Interval } from '../auc-interval.ts'
import { checkAlpha } from '../checks.ts'
import { isDefined, type Quantity, undefinedBecause } from '../quantity.ts'

/** A mean as estimated at one look. */
export interface MeanLook {
  /** D, in harm units: positive is worse. Undefined while there are no rows. */
  readonly estimate: Quantity
  /** V: from the frozen per-unit variance (paired: deff·v/n; two arms: v₁/n₁ + v₀/n₀); not read without an estimate. */
  readonly variance: number
  /** Events seen so far (b + c; x₁ + x₀·n₁/n₀). */
  readonly events: number
}

export interface NormalMixtureOptions {
  /** Standard deviation of the mixing distribution: the margin, or the declared `detect` when it is 0. */
  readonly tau: number
  /** Harm beyond this is harm. */
  readonly margin: number
  readonly alpha: number
  /** Looks with fewer events do not count; default 25. */
  readonly minEvents?: number
  /** Harm p carried over from earlier looks; default 1. */
  readonly pHarm?: number
}

/** What one look says; harm, once found, stays. */
export interface SequentialLook {
  readonly logLambda: Quantity
  /** Running minimum of min(1, 1/Λ) over looks on the harm side. */
  readonly pHarm: number
  readonly harm: boolean
}

/** ½ ln(V/(V + τ²)) + τ²x²/(2V(V + τ²)) at x = D − m (Robbins 1970; Johari et al. 2015). */
function logLambda(x: number, variance: number, tau: number): number {
  const mixed = variance + tau * tau
  return 0.5 * Math.log(variance / mixed) + (tau * tau * x * x) / (2 * variance * mixed)
}

/** Confidence sequence D ± √(V(V + τ²)/τ² · (2 ln(1/α) + ln((V + τ²)/V))): holds at all looks together. */
export function confidenceSequence(
  { estimate, variance }: { readonly estimate: number; readonly variance: number },
  { tau, alpha }: { readonly tau: number; readonly alpha: number },
): Interval {
  const mixed = variance + tau * tau
  const reach = Math.sqrt(
    ((variance * mixed) / (tau * tau)) * (Math.log(mixed / variance) - 2 * Math.log(alpha)),
  )
  return { lower: estimate - reach, upper: estimate + reach }
}

/** A look at a mean, with its bounds. */
export interface MeanLookResult extends SequentialLook {
  readonly lower: Quantity
  readonly upper: Quantity
}

/**
 * Sequential test of harm in a mean that may be looked at any time (releases.md §10), with the confidence sequence at every
 * look. A look without rows says nothing and changes nothing. Throws INVALID_COUNTS unless variances and tau are positive.
 */
export function sequentialNormal(
  looks: readonly MeanLook[],
  { tau, margin, alpha, minEvents = 25, pHarm: before = 1 }: NormalMixtureOptions,
): MeanLookResult[] {
  checkAlpha(alpha)
  let pHarm = before
  return looks.map(({ estimate, variance, events }) => {
    if (!isDefined(estimate)) {
      const none = undefinedBecause(estimate.undefined)
      return { logLambda: none, lower: none, upper: none, pHarm, harm: pHarm <= alpha }
    }
    if (!(variance > 0 && tau > 0))
      throw new FettleError('INVALID_COUNTS', `Variance ${variance} and tau ${tau} are not both positive`)
    const log = logLambda(estimate - margin, variance, tau)
    if (events >= minEvents && estimate > margin) pHarm = Math.min(pHarm, Math.exp(-log))
    return {
      logLambda: log,
      ...confidenceSequence({ estimate, variance }, { tau, alpha }),
      pHarm,
      harm: pHarm <= alpha,
    }
  })
}
