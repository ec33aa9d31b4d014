import { FettleError } from '../../errors/index.ts'
import { type Quantity, undefinedBecause } from '../quantity.ts'
import { confidenceSequence } from '../sequential/normal-mixture.ts'

/** One randomised arm: its units and their mean and variance of the business number. */
export interface Arm {
  readonly n: number
  readonly mean: number
  readonly variance: number
}

export interface ImpactQuestion {
  /** Served by the model. */
  readonly model: Arm
  /** Served by the declared baseline. */
  readonly holdback: Arm
  readonly better: 'higher' | 'lower'
  /** The smallest change that matters, in the number's unit. */
  readonly matters: number
  readonly alpha: number
}

export type ImpactVerdict = 'helping' | 'neutral' | 'harming' | 'unknown'

export type Impact =
  | { readonly verdict: { readonly undefined: string } }
  | { readonly verdict: 'unknown'; readonly reason: 'too-few' | 'zero-variance' }
  | {
      readonly verdict: ImpactVerdict
      /** Model minus holdback in units of benefit: positive is better. */
      readonly difference: number
      readonly lower: number
      readonly upper: number
      readonly reason?: 'not-decided-yet'
      /** Units more, in both arms, at which this difference would be decided. */
      readonly needed?: Quantity
    }

const fewestUnits = 100

/**
 * Helping, neutral, harming or unknown on randomised units, by a confidence sequence with τ = `matters`, so that it may
 * be looked at any time (releases.md §16). Harming wins over neutral, neutral over helping. INVALID_COUNTS for negative
 * units or variances and for a `matters` that is not above 0.
 */
export function judgeImpact({ model, holdback, better, matters, alpha }: ImpactQuestion): Impact {
  for (const { n, variance } of [model, holdback])
    if (!(n >= 0 && variance >= 0 && matters > 0))
      throw new FettleError(
        'INVALID_COUNTS',
        `${n} units, variance ${variance} and ${matters} do not go together`,
      )
  if (holdback.n === 0) return { verdict: undefinedBecause('no-holdback') }
  if (Math.min(model.n, holdback.n) < fewestUnits) return { verdict: 'unknown', reason: 'too-few' }
  const variance = model.variance / model.n + holdback.variance / holdback.n
  if (variance === 0) return { verdict: 'unknown', reason: 'zero-variance' }
  const difference = (model.mean - holdback.mean) * (better === 'higher' ? 1 : -1)
  const bounds = confidenceSequence({ estimate: difference, variance }, { tau: matters, alpha })
  const verdict = verdictOf(bounds, matters)
  if (verdict !== 'unknown') return { verdict, difference, ...bounds }
  const decides = (factor: number): boolean => {
    const later = confidenceSequence(
      { estimate: difference, variance: variance / factor },
      { tau: matters, alpha },
    )
    return verdictOf(later, matters) !== 'unknown'
  }
  const needed = unitsNeeded(model.n + holdback.n, decides)
  return { verdict, difference, ...bounds, reason: 'not-decided-yet', needed }
}

function verdictOf(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  matters: number,
): ImpactVerdict {
  if (upper < 0) return 'harming'
  if (lower >= -matters && upper <= matters) return 'neutral'
  return lower > 0 ? 'helping' : 'unknown'
}

/** The interval shrinks with the units, so the factor that decides is found by halving between powers of two. */
function unitsNeeded(units: number, decides: (factor: number) => boolean): Quantity {
  let high = 2
  while (!decides(high)) {
    high *= 2
    if (high > 1e12) return undefinedBecause('never')
  }
  let low = high / 2
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (decides(middle)) high = middle
    else low = middle
  }
  return Math.ceil(units * high) - units
}
