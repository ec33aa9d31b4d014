import type { Interval } from '../auc-interval.ts'
import { checkAlpha, checkProportion } from '../checks.ts'
import type { Proportion } from '../newcombe.ts'
import { undefinedBecause } from '../quantity.ts'
import { betaI, betaQuantile, betaSf, betaUpperQuantile } from '../special/incomplete-beta.ts'

/**
 * Exact bounds of a proportion (Clopper & Pearson 1934); `alpha` is one-sided per bound, x and n may be effective, real
 * counts. L = B⁻¹(α; x, n − x + 1), 0 at x = 0; U = B⁻¹(1 − α; x + 1, n − x), 1 at x = n. Undefined without rows; throws
 * INVALID_COUNTS and ALPHA_OUT_OF_RANGE.
 */
export function clopperPearson(
  x: number,
  n: number,
  alpha: number,
): Interval | { readonly undefined: string } {
  checkProportion(x, n)
  checkAlpha(alpha)
  if (n === 0) return undefinedBecause('no-rows')
  return {
    lower: x === 0 ? 0 : betaQuantile(alpha, x, n - x + 1),
    upper: x === n ? 1 : betaUpperQuantile(alpha, x + 1, n - x),
  }
}

/** Evidence for and against a claim: the α at which the bound would just touch the margin or limit. */
export interface Evidence {
  /** The claim passes at every α from here on. */
  readonly pass: number
  /** The claim fails at every α from here on. */
  readonly fail: number
}

/**
 * Evidence that a rate is at most (at least) a limit, by inverting Clopper-Pearson: pass = 1 − I_limit(x + 1, n − x),
 * fail = I_limit(x, n − x + 1); `atLeast` mirrors x → n − x, limit → 1 − limit. No rows prove nothing: both are 1.
 */
export function binomialP(
  { x, n }: Proportion,
  { limit, side }: { readonly limit: number; readonly side: 'atMost' | 'atLeast' },
): Evidence {
  checkProportion(x, n)
  if (side === 'atMost') return { pass: belowLimit(x, n, limit), fail: aboveLimit(x, n, limit) }
  return { pass: aboveLimit(x, n, limit), fail: belowLimit(x, n, limit) }
}

/** P(Bin(n, limit) ≤ x), for real counts. */
function belowLimit(x: number, n: number, limit: number): number {
  if (limit >= 1) return 0
  if (limit <= 0) return 1
  return x === n ? 1 : betaSf(limit, x + 1, n - x)
}

/** P(Bin(n, limit) ≥ x), for real counts. */
function aboveLimit(x: number, n: number, limit: number): number {
  if (limit >= 1) return 1
  if (limit <= 0) return x === 0 ? 1 : 0
  return x === 0 ? 1 : betaI(limit, x, n - x + 1)
}
