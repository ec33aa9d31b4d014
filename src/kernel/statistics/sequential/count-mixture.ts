import { FettleError } from '../../errors/index.ts'
import { checkAlpha } from '../checks.ts'
import { logRisingExcess } from '../special/log-gamma.ts'
import type { SequentialLook } from './normal-mixture.ts'

/**
 * ln Λ of counts against null shares θ under a Dirichlet prior of mean θ and concentration K = 2/min θ (Lindon & Malek 2020):
 * lnΓ(K) − lnΓ(K + N) + Σ [lnΓ(Kθᵢ + nᵢ) − lnΓ(Kθᵢ) − nᵢ ln θᵢ]. Exact at every look, needs no minimum. The powers KᴺΠθᵢⁿⁱ
 * cancel before anything is summed: with a small θ the terms are 10⁹ times their sum.
 */
export function countMixture(counts: readonly number[], shares: readonly number[]): number {
  const concentration = concentrationOf(shares)
  let total = 0
  let sum = 0
  for (const [index, share] of shares.entries()) {
    const count = counts[index] ?? 0
    total += count
    sum += logRisingExcess(concentration * share, count)
  }
  return sum - logRisingExcess(concentration, total)
}

/** K = 2/min θ. */
export function concentrationOf(shares: readonly number[]): number {
  return 2 / Math.min(...shares)
}

/** Share of the events that fall on the challenger at weight w when its rate is r times the other's: rw/(rw + 1 − w). */
export function challengerShare(weight: number, rateRatio: number): number {
  if (!(weight > 0 && weight < 1 && rateRatio > 0))
    throw new FettleError('INVALID_COUNTS', `Weight ${weight} or rate ratio ${rateRatio} is out of range`)
  return (rateRatio * weight) / (rateRatio * weight + 1 - weight)
}

/** Units with at least one event, up to this look. */
export interface CountLook {
  readonly challenger: number
  readonly comparison: number
}

/**
 * Sequential test of harm in rare events, errors or slowness: harm where the challenger's share of the events is above
 * `share` (its null share by {@link challengerShare}). May be looked at any time.
 */
export function sequentialCounts(
  looks: readonly CountLook[],
  {
    share,
    alpha,
    pHarm: before = 1,
  }: { readonly share: number; readonly alpha: number; readonly pHarm?: number },
): SequentialLook[] {
  checkAlpha(alpha)
  let pHarm = before
  return looks.map(({ challenger, comparison }) => {
    const log = countMixture([challenger, comparison], [share, 1 - share])
    if (challenger > share * (challenger + comparison)) pHarm = Math.min(pHarm, Math.exp(-log))
    return { logLambda: log, pHarm, harm: pHarm <= alpha }
  })
}
