import type { FeedbackData, PurposeData } from '../../definitions/index.ts'
import {
  type Arm,
  type Impact,
  isDefined,
  judgeImpact,
  type Quantity,
  undefinedBecause,
} from '../../kernel/statistics/index.ts'
import { growingIntegers } from './growing.ts'
import { keyCodes } from './key-codes.ts'
import type { ArmOutcome, JoinedOutcome } from './model.ts'

const alpha = 0.05

/** The units of one arm, and what came of their decisions. */
export interface OutcomeUnits {
  /** Units so far. */
  readonly size: number
  add(unit: string, predictionId: string): void
  /** Mean and variance over units of the amounts that joined, added up; a unit without any has 0. */
  arm(outcomes: readonly JoinedOutcome[]): Arm
}

export function outcomeUnits(): OutcomeUnits {
  const [units, ids] = [keyCodes(), keyCodes()]
  const unitOfId = growingIntegers()
  return {
    get size() {
      return units.size
    },
    add(unit, predictionId) {
      if (ids.find(predictionId) >= 0) return
      ids.code(predictionId)
      unitOfId.push(units.code(unit))
    },
    arm(outcomes) {
      const sums = new Float64Array(units.size)
      for (const { predictionId, value } of outcomes) {
        const id = ids.find(predictionId)
        if (id >= 0) sums[unitOfId.at(id)] = (sums[unitOfId.at(id)] as number) + value
      }
      const n = sums.length
      const mean = n === 0 ? 0 : sums.reduce((total, each) => total + each, 0) / n
      const squares = sums.reduce((total, each) => total + (each - mean) ** 2, 0)
      return { n, mean, variance: n < 2 ? 0 : squares / (n - 1) }
    },
  }
}

export interface OutcomeRequest {
  readonly comparison: ArmOutcome['comparison']
  readonly kind: FeedbackData
  readonly number: PurposeData['number'] | undefined
  /** The new one, or the model. */
  readonly own: OutcomeUnits
  /** The old one, or what is held back. */
  readonly other: OutcomeUnits
  readonly outcomes: readonly JoinedOutcome[]
}

/**
 * One business outcome between two randomised arms (releases.md §16), by the confidence sequence with τ = what matters. An
 * outcome that the purpose does not name has no smallest change that matters, and stays unknown.
 */
export function armOutcome({ comparison, kind, number, own, other, outcomes }: OutcomeRequest): ArmOutcome {
  const named = outcomes.filter(outcome => outcome.kind === kind.name)
  const [model, holdback] = [own.arm(named), other.arm(named)]
  const impact: Impact | null =
    number === undefined || number.name !== kind.name
      ? null
      : judgeImpact({
          model,
          holdback,
          better: number.direction === 'up' ? 'higher' : 'lower',
          matters: number.matters,
          alpha,
        })
  const difference: Quantity =
    model.n === 0 || holdback.n === 0 ? undefinedBecause('no-units') : model.mean - holdback.mean
  return {
    ...{ comparison, kind: kind.name, unit: kind.unit ?? number?.unit ?? '' },
    champion: shown(holdback),
    challenger: shown(model),
    difference,
    interval: intervalOf(impact, number?.direction === 'down'),
    verdict: impact !== null && typeof impact.verdict === 'string' ? impact.verdict : 'unknown',
    needed:
      impact !== null && 'needed' in impact && impact.needed !== undefined && isDefined(impact.needed)
        ? impact.needed
        : null,
  }
}

function shown({ n, mean }: Arm): ArmOutcome['champion'] {
  return { units: n, mean: n === 0 ? undefinedBecause('no-units') : mean }
}

/** In the number's own direction: a benefit is turned back where lower is better. */
function intervalOf(impact: Impact | null, isLower: boolean): ArmOutcome['interval'] {
  if (impact === null || !('lower' in impact)) return null
  return isLower
    ? { lower: -impact.upper, upper: -impact.lower }
    : { lower: impact.lower, upper: impact.upper }
}
