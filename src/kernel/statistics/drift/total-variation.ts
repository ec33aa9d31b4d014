import { FettleError } from '../../errors/index.ts'
import { type TwoCounts, totalOf, usedBins } from '../counts.ts'
import { normalQuantile } from '../normal.ts'
import { chiSquareSf } from '../special/incomplete-gamma.ts'
import { erf, normalSf } from '../special/normal-tails.ts'
import { sumOver } from '../sum.ts'
import { pearsonStatistic } from '../tests/chi-square.ts'

/** The share of mass that moved between two lists of counts over the same bins. */
export interface TotalVariation {
  /** ½ Σ |q − p|. */
  readonly tv: number
  /** What `tv` would be on average if these were the true shares: its bias comes with it. */
  readonly mu: number
  readonly sd: number
  /** Pearson's χ²; above 0.01 nothing is held to have moved. */
  readonly chi2_p: number
  /** Lower bound of the share moved, at the confidence asked for. */
  readonly lower: number
  /** p value for "more than `limit` moved". */
  readonly p_value: number
}

export interface TotalVariationOptions {
  /** Share moved that matters. Default 0.1. */
  readonly limit?: number
  /** Of the one-sided lower bound. Default 0.99. */
  readonly confidence?: number
  /** Rows that count as one because they repeat entities, by side: Σk²/Σk for k rows an entity. Default 1. */
  readonly designEffect?: { readonly reference: number; readonly current: number }
}

/**
 * Total variation with its bias, lower bound and p value (monitoring.md §3.2): from counts alone, without resampling.
 * Undefined without rows on a side. LENGTH_MISMATCH and INVALID_COUNTS as in usedBins, the latter also for a design effect below 1; ALPHA_OUT_OF_RANGE for a
 * confidence outside (½, 1).
 */
export function totalVariation(
  counts: TwoCounts,
  { limit = 0.1, confidence = 0.99, designEffect = { reference: 1, current: 1 } }: TotalVariationOptions = {},
): TotalVariation | { readonly undefined: string } {
  if (!(confidence > 0.5 && confidence < 1))
    throw new FettleError('ALPHA_OUT_OF_RANGE', `A confidence of ${confidence} is not between ½ and 1`)
  for (const effect of [designEffect.reference, designEffect.current])
    if (!(effect >= 1 && effect < Infinity))
      throw new FettleError('INVALID_COUNTS', `A design effect of ${effect} is below 1`)
  const used = usedBins(counts)
  if ('undefined' in used) return used
  const [n, m] = [totalOf(used.reference), totalOf(used.current)]
  const sides = { n, m, forN: designEffect.reference, forM: designEffect.current }
  const { tv, mu, sd } = movedMass(used, sides)
  const chi2_p = homogeneity(used, sides)
  if (chi2_p > 0.01) return { tv, mu, sd, chi2_p, lower: 0, p_value: 1 }
  const moved = 2 * tv - mu
  const lower = Math.max(0, moved - normalQuantile(confidence) * sd)
  return { tv, mu, sd, chi2_p, lower, p_value: tailBeyond(moved - limit, sd) }
}

/** Totals of the reference and the current side, and their design effects. */
interface Sides {
  readonly n: number
  readonly m: number
  readonly forN: number
  readonly forM: number
}

function movedMass({ reference, current }: TwoCounts, { n, m, forN, forM }: Sides) {
  let [a, e] = [0, 0]
  const shares = reference.map((r, bin) => {
    const c = current[bin] ?? 0
    // Compared as whole numbers: equal shares must not differ by a rounding.
    const sign = c * n >= r * m ? 1 : -1
    a += sign * r
    e += sign * c
    return { p: r / n, q: c / m }
  })
  const tv = sumOver(shares.length, bin => Math.abs((shares[bin]?.q ?? 0) - (shares[bin]?.p ?? 0))) / 2
  const mu = sumOver(shares.length, bin => {
    const { p, q } = shares[bin] ?? { p: 0, q: 0 }
    return expectedDistance(q - p, (forN * p * (1 - p)) / n + (forM * q * (1 - q)) / m)
  })
  const variance = forN * (((n - a) * (n + a)) / n ** 3) + forM * (((m - e) * (m + e)) / m ** 3)
  return { tv, mu: mu / 2, sd: Math.sqrt(variance) / 2 }
}

/** E|X| of a normal X with mean d and variance v. */
function expectedDistance(d: number, v: number): number {
  const size = Math.abs(d)
  if (v === 0) return size
  return size * erf(size / Math.sqrt(2 * v)) + Math.sqrt((2 * v) / Math.PI) * Math.exp((-d * d) / (2 * v))
}

function homogeneity({ reference, current }: TwoCounts, { forN, forM }: Sides): number {
  if (reference.length < 2) return 1
  const effective = {
    reference: reference.map(count => count / forN),
    current: current.map(count => count / forM),
  }
  return chiSquareSf(pearsonStatistic(effective), reference.length - 1)
}

function tailBeyond(excess: number, sd: number): number {
  if (sd > 0) return normalSf(excess / sd)
  return excess > 0 ? 0 : 1
}

/** Rows, after division by a design effect, that a comparison over so many reference bins in use needs on each side. */
export function enoughRows(referenceBinsUsed: number): number {
  return Math.max(500, 25 * referenceBinsUsed)
}
