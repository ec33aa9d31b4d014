import { totalOf } from './counts.ts'
import { enoughRows, type TotalVariation, totalVariation } from './drift/total-variation.ts'
import { undefinedBecause } from './quantity.ts'

/**
 * Total variation between two lists of counts over the same bins, with its 99 % lower bound (monitoring.md §3.2).
 * Undefined below max(500, 25 × reference bins in use) rows on either side.
 */
export function movedShare(
  reference: readonly number[],
  current: readonly number[],
): TotalVariation | { readonly undefined: string } {
  const used = reference.filter(each => each > 0).length
  const fewest = Math.min(totalOf(reference), totalOf(current))
  if (fewest < enoughRows(used)) return undefinedBecause('not-enough-data')
  return totalVariation({ reference, current })
}
