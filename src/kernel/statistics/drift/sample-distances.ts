import type { TwoCounts } from '../counts.ts'
import { type Quantity, undefinedBecause } from '../quantity.ts'
import { sortPresent } from '../sort-present.ts'
import { sumOver } from '../sum.ts'
import { type CountDistance, countDistance } from './count-distances.ts'

/** Two samples of numbers; NaN rows are missing and left out. */
export interface TwoSamples {
  readonly reference: ArrayLike<number>
  readonly current: ArrayLike<number>
}

/** A distance with the number of bins it was taken over. */
export interface BinnedDistance {
  readonly value: Quantity
  readonly bins: number
}

/** Sorted, without missing rows, neither empty. */
interface Sorted {
  readonly reference: Float64Array
  readonly current: Float64Array
}

/** The bins of other products: how each makes counts of two samples (monitoring.md §3.4). */
const binnings = {
  /** Sturges bins over both samples, or one bin a value where the reference has at most 20. */
  evidently: (sorted: Sorted) => {
    if (distinct(sorted.reference).length <= 20) return byValue(sorted)
    return binned(sorted, sturgesEdges(pooled(sorted)))
  },
  /** Sturges bins over the distinct values of both. */
  'evidently-distinct': (sorted: Sorted) => binned(sorted, sturgesEdges(distinct(pooled(sorted)))),
  /** Doane bins of the reference, and a cell for what lies outside, which is not among its `bins`. */
  nannyml: (sorted: Sorted) => {
    const edges = doaneEdges(sorted.reference)
    const { counts, bins } = binned(sorted, edges)
    const inside = counts.current.reduce((sum, count) => sum + count, 0)
    return {
      counts: {
        reference: [...counts.reference, 0],
        current: [...counts.current, sorted.current.length - inside],
      },
      bins,
    }
  },
} as const

/**
 * A distance of counts after the binning of the product that the number reproduces. Undefined without rows on a side or
 * with infinite values, which no bins of equal width hold.
 */
export function sampleDistance(
  name: CountDistance,
  binning: keyof typeof binnings,
  samples: TwoSamples,
): BinnedDistance | { readonly undefined: string } {
  const sorted = sortBoth(samples)
  if ('undefined' in sorted) return sorted
  if (!areFinite(sorted)) return undefinedBecause('not-finite')
  const { counts, bins } = binnings[binning](sorted)
  return { value: countDistance(name, counts), bins }
}

/** ∫|F − G| of the two distribution functions, exact at every size. Undefined without rows or with infinite values. */
export function wasserstein(samples: TwoSamples): Quantity {
  const sorted = sortBoth(samples)
  if ('undefined' in sorted) return sorted
  if (!areFinite(sorted)) return undefinedBecause('not-finite')
  const { reference, current } = sorted
  const [n, m] = [reference.length, current.length]
  const values = pooled(sorted)
  let [i, j] = [0, 0]
  return sumOver(values.length - 1, at => {
    const [value = 0, next = 0] = [values[at], values[at + 1]]
    while (i < n && (reference[i] ?? 0) <= value) i++
    while (j < m && (current[j] ?? 0) <= value) j++
    return Math.abs(i / n - j / m) * (next - value)
  })
}

/** The same divided by max(population standard deviation of the reference, 0.001). */
export function wassersteinPerDeviation(samples: TwoSamples): Quantity {
  const raw = wasserstein(samples)
  if (typeof raw !== 'number') return raw
  return raw / Math.max(centralMoments(sortPresent(samples.reference)).sd, 0.001)
}

function sortBoth({ reference, current }: TwoSamples): Sorted | { readonly undefined: string } {
  const sorted = { reference: sortPresent(reference), current: sortPresent(current) }
  return sorted.reference.length === 0 || sorted.current.length === 0 ? undefinedBecause('no-rows') : sorted
}

function areFinite({ reference, current }: Sorted): boolean {
  return [reference[0], current[0], reference.at(-1), current.at(-1)].every(Number.isFinite)
}

function pooled({ reference, current }: Sorted): Float64Array {
  const all = new Float64Array(reference.length + current.length)
  all.set(reference)
  all.set(current, reference.length)
  return all.sort()
}

function distinct(sorted: Float64Array): Float64Array {
  return sorted.filter((value, index) => index === 0 || value !== sorted[index - 1])
}

function byValue(sorted: Sorted): { counts: TwoCounts; bins: number } {
  const values = distinct(pooled(sorted))
  const count = (sample: Float64Array) => {
    const counts = new Map<number, number>(Array.from(values, value => [value, 0]))
    for (const value of sample) counts.set(value, (counts.get(value) ?? 0) + 1)
    return [...counts.values()]
  }
  return {
    counts: { reference: count(sorted.reference), current: count(sorted.current) },
    bins: values.length,
  }
}

/** Counts in [e₀, e₁), …, [e_last−1, e_last]; what lies outside is in no bin. */
function binned(sorted: Sorted, edges: readonly number[]): { counts: TwoCounts; bins: number } {
  const bins = edges.length - 1
  const count = (sample: Float64Array) => {
    const below = edges.map((edge, index) => rowsBelow(sample, edge, index === bins))
    return below.slice(1).map((rows, index) => rows - (below[index] ?? 0))
  }
  return { counts: { reference: count(sorted.reference), current: count(sorted.current) }, bins }
}

function rowsBelow(sample: Float64Array, edge: number, orEqual: boolean): number {
  let [low, high] = [0, sample.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const value = sample[middle] ?? 0
    if (value < edge || (orEqual && value === edge)) low = middle + 1
    else high = middle
  }
  return low
}

/** Width by Sturges: range / (log₂ n + 1). */
function sturgesEdges(sorted: Float64Array): number[] {
  return equalWidthEdges(sorted, range(sorted) / (Math.log2(sorted.length) + 1))
}

/** Width by Doane 1976, which widens Sturges' rule for skewed samples. */
function doaneEdges(sorted: Float64Array): number[] {
  const n = sorted.length
  if (n <= 2) return equalWidthEdges(sorted, 0)
  const { sd, skewness } = centralMoments(sorted)
  if (sd === 0) return equalWidthEdges(sorted, 0)
  const skewnessDeviation = Math.sqrt((6 * (n - 2)) / ((n + 1) * (n + 3)))
  const doublings = 1 + Math.log2(n) + Math.log2(1 + Math.abs(skewness) / skewnessDeviation)
  return equalWidthEdges(sorted, range(sorted) / doublings)
}

function range(sorted: Float64Array): number {
  return (sorted.at(-1) ?? 0) - (sorted[0] ?? 0)
}

/** Edges first + i·(range/k), k = ⌈range/width⌉; one bin of width 1 about a constant. */
function equalWidthEdges(sorted: Float64Array, width: number): number[] {
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)]
  if (first === last) return [first - 0.5, last + 0.5]
  const bins = width === 0 ? 1 : Math.ceil((last - first) / width)
  const step = (last - first) / bins
  return Array.from({ length: bins + 1 }, (_, index) => (index === bins ? last : first + index * step))
}

/** Population moments; deviations are scaled, so that their powers neither vanish nor overflow. */
function centralMoments(values: Float64Array): { readonly sd: number; readonly skewness: number } {
  const n = values.length
  const mean = sumOver(n, row => (values[row] ?? 0) / n)
  const deviations = values.map(value => value - mean)
  const scale = deviations.reduce((most, each) => Math.max(most, Math.abs(each)), 0)
  if (scale === 0) return { sd: 0, skewness: 0 }
  const moment = (power: number) => sumOver(n, row => ((deviations[row] ?? 0) / scale) ** power) / n
  const sd = Math.sqrt(moment(2))
  return { sd: sd * scale, skewness: moment(3) / sd ** 3 }
}
