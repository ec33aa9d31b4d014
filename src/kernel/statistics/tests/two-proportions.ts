import { checkProportion } from '../checks.ts'
import type { Proportion } from '../newcombe.ts'
import { undefinedBecause } from '../quantity.ts'
import { normalSf } from '../special/normal-tails.ts'

/** Pooled z test of x1/n1 against x2/n2, two-sided. INVALID_COUNTS unless 0 ≤ x ≤ n. */
export function twoProportionZ(
  first: Proportion,
  second: Proportion,
): { readonly z: number; readonly p_value: number } | { readonly undefined: string } {
  for (const { x, n } of [first, second]) checkProportion(x, n)
  if (first.n === 0 || second.n === 0) return undefinedBecause('no-rows')
  const pooled = (first.x + second.x) / (first.n + second.n)
  const variance = pooled * (1 - pooled) * (1 / first.n + 1 / second.n)
  if (variance === 0) return undefinedBecause('zero-variance')
  const z = (first.x / first.n - second.x / second.n) / Math.sqrt(variance)
  return { z, p_value: 2 * normalSf(Math.abs(z)) }
}
