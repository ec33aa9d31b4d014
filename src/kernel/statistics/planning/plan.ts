import { normalQuantile } from '../normal.ts'
import { undefinedBecause } from '../quantity.ts'

/** Rows needed, whole; undefined with the reason where no number of rows suffices. */
export type PlannedN = number | { readonly undefined: string }

/** Error rates of one cell: `alpha` of a look, `beta` of the cell. */
export interface CellErrors {
  readonly alpha: number
  readonly beta: number
}

/** How the error rates of a contract set are shared among looks, challengers and protected cells. */
export interface SetPlan extends CellErrors {
  /** z(1 − α) and z(1 − β). */
  readonly zAlpha: number
  readonly zBeta: number
}

/**
 * α per look = α/(looks × challengers); β per cell = (1 − power)/K, so that the set, not the cell, has the declared power
 * (releases.md §5).
 */
export function planSet(set: {
  readonly protectedCells: number
  readonly power: number
  readonly alpha: number
  readonly looks: number
  readonly maxChallengers?: number
}): SetPlan {
  const alpha = set.alpha / (set.looks * (set.maxChallengers ?? 1))
  const beta = (1 - set.power) / Math.max(1, set.protectedCells)
  return { alpha, beta, zAlpha: -normalQuantile(alpha), zBeta: -normalQuantile(beta) }
}

/** The rows at which a contract may be decided: the planned n, then twice it. */
export function lookSizes(planned: number, looks: number): number[] {
  return Array.from({ length: looks }, (_, look) => planned * 2 ** look)
}

/** What is assumed already breaks the claim. */
export const cannotPass = undefinedBecause('cannot-pass')

export function deviates({ alpha, beta }: CellErrors): { readonly zAlpha: number; readonly zBeta: number } {
  return { zAlpha: -normalQuantile(alpha), zBeta: -normalQuantile(beta) }
}
