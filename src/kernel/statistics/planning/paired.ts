import { FettleError } from '../../errors/index.ts'
import { type CellErrors, cannotPass, deviates, type PlannedN } from './plan.ts'

export interface PairedPlan extends CellErrors {
  /** p_d, share of pairs on which the two models disagree. */
  readonly disagreement: number
  /** In harm units; `better({ by })` plans at −by. */
  readonly margin: number
  /** h₀, true difference in harm units; default 0. */
  readonly assumedHarm?: number
  /** `within`: two one-sided tests, β/2 each, planned at the nearer margin. */
  readonly equivalence?: boolean
  /** Historic design effect; default 1. */
  readonly deff?: number
}

/** Variance of one pair's difference under the restricted estimate at the margin (Tango 1998): 2q + m(1 − m). */
export function nullVariance(disagreement: number, margin: number, assumedHarm: number): number {
  const [m, h] = margin < 0 ? [-margin, -assumedHarm] : [margin, assumedHarm]
  const middle = -disagreement + (2 - h) * m
  const product = 0.5 * (disagreement - h) * m * (1 - m)
  const root = Math.sqrt(middle * middle + 8 * product)
  const q = middle > 0 ? (2 * product) / (middle + root) : (root - middle) / 4
  return 2 * q + m * (1 - m)
}

/**
 * Pairs needed for the score test: ⌈((z_{1−α}√v_m + z_{1−β}√(p_d − h₀²))/(m − h₀))²⌉ (releases.md §5), times the design
 * effect. Undefined (`cannot-pass`) where the assumed harm reaches the margin. Throws INVALID_COUNTS unless
 * abs(h₀) ≤ p_d ≤ 1.
 */
export function planPaired(plan: PairedPlan): { readonly nullVariance: number; readonly n: PlannedN } {
  const { disagreement, margin, equivalence = false, deff = 1 } = plan
  const assumedHarm = equivalence ? Math.abs(plan.assumedHarm ?? 0) : (plan.assumedHarm ?? 0)
  if (!(Math.abs(assumedHarm) <= disagreement && disagreement <= 1))
    throw new FettleError(
      'INVALID_COUNTS',
      `A difference of ${assumedHarm} cannot come from a disagreement of ${disagreement}`,
    )
  const variance = nullVariance(disagreement, margin, assumedHarm)
  const room = margin - assumedHarm
  if (!(room > 0)) return { nullVariance: variance, n: cannotPass }
  const { zAlpha, zBeta } = deviates({ alpha: plan.alpha, beta: equivalence ? plan.beta / 2 : plan.beta })
  const spread = zAlpha * Math.sqrt(variance) + zBeta * Math.sqrt(disagreement - assumedHarm ** 2)
  return { nullVariance: variance, n: Math.ceil(deff * Math.ceil((spread / room) ** 2)) }
}
