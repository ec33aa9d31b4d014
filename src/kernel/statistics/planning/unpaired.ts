import { type CellErrors, cannotPass, deviates, type PlannedN } from './plan.ts'

export interface UnpairedPlan extends CellErrors {
  /** Assumed rates of the challenger and the champion. */
  readonly pNew: number
  readonly pOld: number
  /** In harm units. */
  readonly margin: number
  /** κ, rows of the champion for each of the challenger. */
  readonly oldPerNew: number
  readonly better?: 'higher' | 'lower'
  readonly equivalence?: boolean
  readonly deff?: number
}

/**
 * Rows of the challenger needed for two independent arms: ⌈(z_{1−α} + z_{1−β})²(p₁q₁ + p₀q₀/κ)/(m − h₀)²⌉ with h₀ the assumed
 * difference in harm units (releases.md §5), times the design effect. Undefined (`cannot-pass`) where h₀ reaches the margin.
 */
export function planUnpaired(plan: UnpairedPlan): PlannedN {
  const { pNew, pOld, margin, oldPerNew, better = 'lower', equivalence = false, deff = 1 } = plan
  const harm = better === 'lower' ? pNew - pOld : pOld - pNew
  const room = equivalence ? margin - Math.abs(harm) : margin - harm
  if (!(room > 0)) return cannotPass
  const { zAlpha, zBeta } = deviates({ alpha: plan.alpha, beta: equivalence ? plan.beta / 2 : plan.beta })
  const variance = pNew * (1 - pNew) + (pOld * (1 - pOld)) / oldPerNew
  return Math.ceil(deff * Math.ceil(((zAlpha + zBeta) ** 2 * variance) / room ** 2))
}
