import { FettleError } from '../../errors/index.ts'

/** Counters of the most frequent values among n, at most k of them; each undercounts by at most ⌊n/(k+1)⌋. */
export interface MisraGries {
  readonly k: number
  readonly n: number
  readonly counters: ReadonlyMap<string, number>
}

export function emptyMisraGries(k = 256): MisraGries {
  return { k, n: 0, counters: new Map() }
}

/** Counts values in order (Misra & Gries 1982). */
export function countFrequent(before: MisraGries, values: Iterable<string>): MisraGries {
  const counters = new Map(before.counters)
  let n = before.n
  for (const value of values) {
    n++
    const count = counters.get(value)
    if (count !== undefined) counters.set(value, count + 1)
    else if (counters.size < before.k) counters.set(value, 1)
    else lower(counters, 1)
  }
  return { k: before.k, n, counters }
}

/** Adds the counters, subtracts the (k+1)-th largest, drops what is not positive (Agarwal et al. 2012). LENGTH_MISMATCH for different k. */
export function mergeMisraGries(one: MisraGries, other: MisraGries): MisraGries {
  if (one.k !== other.k)
    throw new FettleError('LENGTH_MISMATCH', `Sketches of ${one.k} and ${other.k} counters do not merge`)
  const counters = new Map(one.counters)
  for (const [value, count] of other.counters) counters.set(value, (counters.get(value) ?? 0) + count)
  const falling = Float64Array.from(counters.values()).sort().reverse()
  lower(counters, falling[one.k] ?? 0)
  return { k: one.k, n: one.n + other.n, counters }
}

function lower(counters: Map<string, number>, by: number): void {
  for (const [value, count] of counters) {
    if (count > by) counters.set(value, count - by)
    else counters.delete(value)
  }
}

/** How far any counter, or an absent value's 0, may be below the truth. */
export function maxUndercount({ k, n }: MisraGries): number {
  return Math.floor(n / (k + 1))
}
