import { compareText } from '../../values/order.ts'
import type { BinCounter } from './frozen-numbers.ts'

/**
 * Bins of a text or boolean column, frozen with a model version: the own categories, then `other` (seen in the
 * reference), `unseen` (never seen), `missing`.
 */
export interface CategoryBins {
  readonly kind: 'category'
  /** Most frequent first, ties by code point. */
  readonly own: readonly string[]
  /** Categories of the reference without a bin of their own; null where there were too many to keep: unseen counts as other. */
  readonly rare: readonly string[] | null
}

const mostOwn = 50

/** Freezes bins of the reference's categories (monitoring.md §3.1); null is missing. */
export function freezeCategories(values: Iterable<string | null>, maxSeen = 10_000): CategoryBins {
  const counts = new Map<string, number>()
  let present = 0
  for (const value of values) {
    if (value === null) continue
    counts.set(value, (counts.get(value) ?? 0) + 1)
    present++
  }
  const frequent = [...counts].filter(([, count]) => 100 * count >= present)
  const ranked = frequent.sort(([a, countA], [b, countB]) => countB - countA || compareText(a, b))
  const own = ranked.slice(0, mostOwn).map(([value]) => value)
  if (counts.size > maxSeen) return { kind: 'category', own, rare: null }
  for (const value of own) counts.delete(value)
  return { kind: 'category', own, rare: [...counts.keys()].sort(compareText) }
}

export function countCategories({ own, rare }: CategoryBins): BinCounter<Iterable<string | null>> {
  const counts = new Array<number>(own.length + 3).fill(0)
  const [other, unseen, missing] = [own.length, own.length + 1, own.length + 2]
  const binOf = new Map<string, number>((rare ?? []).map(value => [value, other]))
  for (const [bin, value] of own.entries()) binOf.set(value, bin)
  const unknown = rare === null ? other : unseen
  return {
    add(values) {
      for (const value of values) {
        const bin = value === null ? missing : (binOf.get(value) ?? unknown)
        counts[bin] = (counts[bin] ?? 0) + 1
      }
    },
    counts: () => [...counts],
  }
}
