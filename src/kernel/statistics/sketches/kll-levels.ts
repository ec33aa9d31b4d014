import { mergeInto, type SortedRun, sortedRun } from './sorted-runs.ts'

/** Coin flips of a compaction: any source of unsigned 32-bit integers; the product's is seeded by `kll/<profile id>`. */
export interface Coin {
  u32(): number
}

/** Capacities shrink by ⅔ a level from the top, never below this. */
const leastCapacity = 8

/** The sorted levels of a sketch, from level 1 up. */
export interface KllLevels {
  /** Takes in half of a sorted run of even length, each item for two. */
  takeIn(run: Float64Array): void
  /** Takes in another sketch's levels from 1 up. */
  absorb(others: readonly Float64Array[]): void
  kept(): Float64Array[]
}

export function kllLevels(k: number, coin: Coin): KllLevels {
  const levels: SortedRun[] = []
  let items = 0
  let capacities = capacitiesOf(0, k)

  function levelAt(at: number): SortedRun {
    const level = levels[at]
    if (level) return level
    const added = sortedRun()
    levels.push(added)
    capacities = capacitiesOf(levels.length, k)
    return added
  }

  /** Every second item of a sorted even run goes up, starting with the first or the second by a coin flip. */
  function promote(run: SortedRun, from: number, at: number): void {
    const count = (run.length - from) / 2
    mergeInto(levelAt(at), { of: run.values, first: from + (coin.u32() & 1), step: 2, count })
    items += count
  }

  /** Lazily: only when all levels together are full, and then the lowest that is. */
  function compact(): void {
    while (items > capacities.all) {
      let at = 0
      while (levelAt(at).length < (capacities.each[at] ?? Infinity)) at++
      const full = levelAt(at)
      const odd = full.length % 2
      promote(full, odd, at + 1)
      items -= full.length - odd
      full.length = odd
    }
  }

  return {
    takeIn(run) {
      promote({ values: run, length: run.length }, 0, 0)
      compact()
    },
    absorb(others) {
      for (const [at, level] of others.entries()) {
        mergeInto(levelAt(at), { of: level, first: 0, step: 1, count: level.length })
        items += level.length
      }
      compact()
    },
    kept: () => levels.map(level => level.values.slice(0, level.length)),
  }
}

/** Capacities from the lowest of so many levels, and their sum. */
function capacitiesOf(levels: number, k: number): { readonly each: readonly number[]; readonly all: number } {
  const each = Array.from({ length: levels }, (_, at) =>
    Math.max(leastCapacity, Math.ceil(k * (2 / 3) ** (levels - 1 - at))),
  )
  return { each, all: each.reduce((sum, capacity) => sum + capacity, 0) }
}
