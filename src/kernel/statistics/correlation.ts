import { argsort } from './argsort.ts'
import type { Quantity } from './quantity.ts'
import { undefinedBecause } from './quantity.ts'
import { sumOver } from './sum.ts'

/** Pearson's correlation. Undefined with fewer than two rows or where one side does not vary. */
export function pearson(first: ArrayLike<number>, second: ArrayLike<number>): Quantity {
  const n = first.length
  if (n < 2) return undefinedBecause('too-few-rows')
  const [a, b] = [meanOf(first), meanOf(second)]
  const product = (x: ArrayLike<number>, mx: number, y: ArrayLike<number>, my: number) =>
    sumOver(n, row => ((x[row] ?? 0) - mx) * ((y[row] ?? 0) - my))
  const [ofFirst, ofSecond] = [product(first, a, first, a), product(second, b, second, b)]
  if (ofFirst === 0 || ofSecond === 0) return undefinedBecause('constant-input')
  const correlation = product(first, a, second, b) / (Math.sqrt(ofFirst) * Math.sqrt(ofSecond))
  return Math.max(-1, Math.min(1, correlation))
}

/** Spearman's rank correlation: Pearson's of average ranks. Undefined as Pearson's. */
export function spearman(first: ArrayLike<number>, second: ArrayLike<number>): Quantity {
  return pearson(averageRanks(first), averageRanks(second))
}

/** Ranks from 1; tied values share the mean of theirs. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = argsort(values)
  const ranks = new Float64Array(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to++
    for (let at = from; at < to; at++) ranks[order[at] ?? 0] = (from + 1 + to) / 2
    from = to
  }
  return ranks
}

function meanOf(values: ArrayLike<number>): number {
  return sumOver(values.length, row => values[row] ?? 0) / values.length
}
