import { FettleError } from '../../errors/index.ts'
import { type Quantity, ratio, undefinedBecause } from '../quantity.ts'
import { sumOver } from '../sum.ts'

/** A decision whose action was suppressed at random with a logged propensity, so that its label may be seen. */
export interface ExploredRow {
  /** Probability, when it was decided, that the label would be seen: in (0, 1]. */
  readonly propensity: number
  readonly labelSeen: boolean
  readonly label: number
  /** 1 iff the model that is judged would act. */
  readonly acts: number
}

/** (Σw)²/Σw²: as many unweighted rows would say as much. Undefined without weight. */
export function effectiveSize(weights: ArrayLike<number>): Quantity {
  const sum = sumOver(weights.length, row => weights[row] ?? 0)
  const squares = sumOver(weights.length, row => (weights[row] ?? 0) ** 2)
  return ratio(sum * sum, squares, 'no-rows')
}

/**
 * Recall over rows whose label was seen, by self-normalised weights 1/propensity (releases.md §12); rows without a label
 * are unobservable, not negative. NOT_A_PROBABILITY for a seen row's propensity outside (0, 1], NOT_BINARY for its label
 * or action.
 */
export function weightedRecall(rows: readonly ExploredRow[]): {
  readonly recall: Quantity
  readonly effectivePositives: Quantity
  readonly effectiveRows: Quantity
} {
  const seen = rows.filter(row => row.labelSeen)
  for (const row of seen) check(row)
  if (rows.length > 0 && seen.length === 0) {
    const none = undefinedBecause('labels-unobservable')
    return { recall: none, effectivePositives: none, effectiveRows: none }
  }
  const positives = seen.filter(row => row.label === 1)
  const found = positives.filter(row => row.acts === 1)
  const weights = (of: readonly ExploredRow[]) => of.map(row => 1 / row.propensity)
  const total = (of: readonly number[]) => sumOver(of.length, index => of[index] ?? 0)
  return {
    recall: ratio(total(weights(found)), total(weights(positives)), 'no-positives'),
    effectivePositives:
      positives.length === 0 ? undefinedBecause('no-positives') : effectiveSize(weights(positives)),
    effectiveRows: effectiveSize(weights(seen)),
  }
}

function check({ propensity, label, acts }: ExploredRow): void {
  if (!(propensity > 0 && propensity <= 1))
    throw new FettleError('NOT_A_PROBABILITY', `A label was seen at a propensity of ${propensity}`)
  if (![0, 1].includes(label) || ![0, 1].includes(acts))
    throw new FettleError('NOT_BINARY', `Label ${label} and action ${acts} are not both 0 or 1`)
}
