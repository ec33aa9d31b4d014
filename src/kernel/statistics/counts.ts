import { FettleError } from '../errors/index.ts'
import { undefinedBecause } from './quantity.ts'
import { sumOver } from './sum.ts'

/** Two lists of counts over the same bins. */
export interface TwoCounts {
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

/**
 * The bins that hold a row on either side. Undefined without rows on a side. Throws LENGTH_MISMATCH for lists of unequal
 * length, INVALID_COUNTS for a negative or non-finite count.
 */
export function usedBins({ reference, current }: TwoCounts): TwoCounts | { readonly undefined: string } {
  if (reference.length === 0 || current.length === 0) return undefinedBecause('no-rows')
  if (reference.length !== current.length)
    throw new FettleError(
      'LENGTH_MISMATCH',
      `There are ${reference.length} reference bins and ${current.length} current bins`,
    )
  const wrong = [...reference, ...current].find(count => !(count >= 0 && count < Infinity))
  if (wrong !== undefined) throw new FettleError('INVALID_COUNTS', `${wrong} is not a count`)
  if (totalOf(reference) === 0 || totalOf(current) === 0) return undefinedBecause('no-rows')
  const used = reference.map((r, bin) => r + (current[bin] ?? 0) > 0)
  return {
    reference: reference.filter((_, bin) => used[bin]),
    current: current.filter((_, bin) => used[bin]),
  }
}

export function totalOf(counts: readonly number[]): number {
  return sumOver(counts.length, index => counts[index] ?? 0)
}
