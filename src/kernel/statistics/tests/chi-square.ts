import { type TwoCounts, totalOf, usedBins } from '../counts.ts'
import { undefinedBecause } from '../quantity.ts'
import { chiSquareSf } from '../special/incomplete-gamma.ts'
import { sumOver } from '../sum.ts'

/**
 * `contingency`: Pearson on the 2 × K table. `nannyml`: the same with Yates' correction when there is one degree of
 * freedom. `evidently`: the current counts against the reference scaled to their total; an expected 0 is infinitely far.
 */
export type ChiSquareVariant = 'contingency' | 'nannyml' | 'evidently'

export interface ChiSquareResult {
  readonly statistic: number
  readonly df: number
  readonly p_value: number
}

/**
 * Test that two lists of counts come from one distribution; categories absent from both are left out. Undefined
 * without rows on a side and with fewer than two categories. LENGTH_MISMATCH and INVALID_COUNTS as in usedBins.
 */
export function chiSquareTest(
  counts: TwoCounts,
  variant: ChiSquareVariant = 'contingency',
): ChiSquareResult | { readonly undefined: string } {
  const used = usedBins(counts)
  if ('undefined' in used) return used
  const df = used.reference.length - 1
  if (df < 1) return undefinedBecause('one-category')
  const statistic =
    variant === 'evidently'
      ? againstScaled(used)
      : pearsonStatistic(used, variant === 'nannyml' && df === 1 ? 0.5 : 0)
  return { statistic, df, p_value: chiSquareSf(statistic, df) }
}

/** Pearson's χ² of the 2 × K table; differences shrink by at most `correction`. Every bin holds a row. */
export function pearsonStatistic({ reference, current }: TwoCounts, correction = 0): number {
  const [n, m] = [totalOf(reference), totalOf(current)]
  return sumOver(reference.length, bin => {
    const [r, c] = [reference[bin] ?? 0, current[bin] ?? 0]
    const expected = ((r + c) / (n + m)) * n
    const away = Math.abs(r - expected)
    const distance = away - Math.min(correction, away)
    return distance ** 2 / expected + distance ** 2 / (r + c - expected)
  })
}

function againstScaled({ reference, current }: TwoCounts): number {
  const scale = totalOf(current) / totalOf(reference)
  return sumOver(reference.length, bin => {
    const expected = (reference[bin] ?? 0) * scale
    return ((current[bin] ?? 0) - expected) ** 2 / expected
  })
}
