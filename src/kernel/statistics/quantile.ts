import type { Quantity } from './quantity.ts'
import { undefinedBecause } from './quantity.ts'

/**
 * The q-quantile of ascending values: linear between neighbours at position (n − 1)·q (Hyndman & Fan 1996, type 7).
 * Undefined without values.
 */
export function quantile(ascending: ArrayLike<number>, q: number): Quantity {
  if (ascending.length === 0) return undefinedBecause('no-rows')
  const position = (ascending.length - 1) * Math.min(1, Math.max(0, q))
  const below = Math.floor(position)
  const low = ascending[below] ?? 0
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? 0
  return position === below ? low : low + (position - below) * (high - low)
}
