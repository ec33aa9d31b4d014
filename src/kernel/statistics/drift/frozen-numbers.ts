import { sortPresent } from '../sort-present.ts'

/**
 * Bins of a number, frozen with a model version: intervals (−∞, c₁], (c₁, c₂], …, (c_last, ∞), then one bin for each
 * point mass by value, then `unseen` (not a number), then `missing`.
 */
export interface NumberBins {
  readonly kind: 'numeric'
  readonly cuts: readonly number[]
  readonly masses: readonly number[]
}

/** Number of intervals that the rows outside point masses would fill if there were no point mass. */
const intervals = 10

/** Freezes bins of the reference's numbers (monitoring.md §3.1). NaN is missing; ±Infinity is a value, −0 is 0. */
export function freezeNumbers(values: ArrayLike<number>): NumberBins {
  const sorted = sortPresent(values)
  const masses: number[] = []
  const others = new Float64Array(sorted.length)
  let kept = 0
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    const value = sorted[start] ?? 0
    while (end < sorted.length && sorted[end] === value) end++
    const count = end - start
    if (50 * count >= sorted.length && count >= 10) masses.push(value)
    else {
      others.fill(value, kept, kept + count)
      kept += count
    }
  }
  return { kind: 'numeric', cuts: cutsOf(others.subarray(0, kept), sorted.length), masses }
}

function cutsOf(others: Float64Array, present: number): number[] {
  const rows = others.length
  const bins = Math.max(1, Math.floor((2 * intervals * rows + present) / (2 * present)))
  const cuts: number[] = []
  for (let j = 1; j < bins; j++) {
    const cut = others[Math.ceil((j * rows) / bins) - 1] ?? 0
    if (cut !== cuts.at(-1) && cut !== others[rows - 1]) cuts.push(cut)
  }
  return cuts
}

/** Number of bins: always at least one interval, `unseen` and `missing`. */
export function numberBinCount({ cuts, masses }: NumberBins): number {
  return cuts.length + 1 + masses.length + 2
}

/** A counter that adds columns to the counts of the bins. Its counts are exact and merge by addition. */
export interface BinCounter<Column> {
  add(values: Column): void
  counts(): number[]
}

/**
 * Counts numbers; NaN is missing. One search without branches finds the segment of a value between the sorted edges; the
 * segments become bins when the counts are read.
 */
export function countNumbers(bins: NumberBins): BinCounter<ArrayLike<number>> & { addUnseen(): void } {
  const edges = edgesOf(bins)
  const padded = new Float64Array(Math.max(8, 2 ** Math.ceil(Math.log2(edges.length + 1)))).fill(Infinity)
  padded.set(edges)
  const segments = new Float64Array(padded.length + 1)
  let [missing, unseen] = [0, 0]
  return {
    add(values) {
      const found = countSegments(values, padded)
      const absent = found[padded.length] as number
      missing += absent
      segments[0] = (segments[0] as number) - absent
      for (let at = 0; at < padded.length; at++)
        segments[at] = (segments[at] as number) + (found[at] as number)
    },
    addUnseen() {
      unseen++
    },
    counts() {
      const counts = new Array<number>(numberBinCount(bins)).fill(0)
      for (let at = 0; at <= edges.length; at++) {
        const bin = binOf(bins, edges[at] ?? Infinity)
        counts[bin] = (counts[bin] ?? 0) + (segments[at] ?? 0)
      }
      counts.splice(-2, 2, unseen, missing)
      return counts
    },
  }
}

/**
 * Segment `at` holds the values above edge at − 1 and up to edge at: its count of values, NaN among those of segment 0,
 * and the number of NaN behind the last. Edges are a power of two, at least eight, padded with infinities.
 */
function countSegments(values: ArrayLike<number>, edges: Float64Array): Int32Array {
  const counts = new Int32Array(edges.length + 1)
  const half = edges.length >>> 1
  let missing = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    let at = 0
    // Unrolled, and products instead of branches: the next edge to compare with cannot be guessed.
    for (let step = half; step > 16; step >>>= 1)
      at += step * Number((edges[at + step - 1] as number) < value)
    if (half >= 16) at += 16 * Number((edges[at + 15] as number) < value)
    if (half >= 8) at += 8 * Number((edges[at + 7] as number) < value)
    at += 4 * Number((edges[at + 3] as number) < value)
    at += 2 * Number((edges[at + 1] as number) < value)
    at += Number((edges[at] as number) < value)
    missing += Number(Number.isNaN(value))
    counts[at] = ((counts[at] as number) + 1) | 0
  }
  counts[edges.length] = missing
  return counts
}

/** Sorted: the cuts, and every mass with the number just below it, so that a segment lies within one bin. */
function edgesOf({ cuts, masses }: NumberBins): number[] {
  const below = masses.filter(mass => mass > -Infinity).map(nextBelow)
  return [...new Set([...cuts, ...masses, ...below])].sort((a, b) => a - b)
}

function binOf({ cuts, masses }: NumberBins, value: number): number {
  const mass = masses.indexOf(value)
  return mass < 0 ? cuts.filter(cut => cut < value).length : cuts.length + 1 + mass
}

/** The greatest double below a number. */
function nextBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n))
  return view.getFloat64(0)
}
