import { binomialSf } from '../special/binomial.ts'
import { countAbove, justBelow } from './rising-scores.ts'

/** A precision that may be missed with probability at most `delta`. */
export interface PrecisionFloor {
  readonly precision: number
  readonly delta: number
}

/** So many acted rows and true positives among them. */
export interface ActedCount {
  readonly acted: number
  readonly tp: number
}
export interface TestedCount extends ActedCount {
  /** P(Bin(acted, precision) ≥ tp): how likely so many would be were the precision just the floor. */
  readonly p: number
}

/** ln δ / ln p; infinite for a precision of 1, which no rows can prove. */
function logRatio({ precision, delta }: PrecisionFloor): number {
  return Math.abs(Math.log(delta)) / Math.abs(Math.log(precision))
}

/** N₀ = ⌈4 ln δ / ln p⌉: the first count that is tested. */
export function firstTested(floor: PrecisionFloor): number {
  return Math.ceil(4 * logRatio(floor))
}

/** Acted counts to test, fixed before any label is seen: N₀, N_{j+1} = ⌈5 N_j / 4⌉ ≤ n. */
export function precisionGrid(n: number, floor: PrecisionFloor): number[] {
  const grid: number[] = []
  let acted = firstTested(floor)
  while (acted <= n) {
    grid.push(acted)
    acted = Math.ceil((5 * acted) / 4)
  }
  return grid
}

/**
 * Tests counts in the given order, from safe to risky, each at δ, and stops at the first that fails: the chance of
 * proving any count whose precision is below the floor is at most δ (fixed-sequence testing; Angelopoulos et al. 2021).
 */
export function fixedSequence(
  counts: readonly ActedCount[],
  { precision, delta }: PrecisionFloor,
): { readonly tested: readonly TestedCount[]; readonly proven: number | null } {
  const tested: TestedCount[] = []
  let proven: number | null = null
  for (const count of counts) {
    const p = binomialSf(count.tp, count.acted, precision)
    tested.push({ ...count, p })
    if (p > delta) break
    proven = count.acted
  }
  return { tested, proven }
}

/** Scores of all labelled rows and of the positives among them, rising. */
export interface RisingScores {
  readonly all: Float64Array
  readonly positives: Float64Array
}

/** What could be proven of a precision. */
export interface ProvenPrecision {
  /** The lowest threshold proven; null: none. */
  readonly threshold: number | null
  /** The former threshold is among those proven. */
  readonly formerProven: boolean
  readonly tested: readonly TestedCount[]
}

/** Fewer acted rows than this prove nothing, were they all positive: ⌈ln δ / ln p⌉. */
export function leastForPrecision(floor: PrecisionFloor): number {
  return Math.max(1, Math.ceil(logRatio(floor)))
}

/**
 * The fixed sequence over scores with ties: the acted set of a count is the scores above the next one. Sets that ties make
 * empty, equal to another or too small to prove anything are left out, which needs no label. A former threshold joins the
 * sequence in its place, so that it may stay without a second test.
 */
export function provePrecision(
  { all, positives }: RisingScores,
  floor: PrecisionFloor,
  former?: number,
): ProvenPrecision {
  const least = leastForPrecision(floor)
  const thresholdOf = (acted: number) => all[all.length - 1 - acted] ?? justBelow(all[0] ?? Number.NaN)
  const thresholds = precisionGrid(all.length, floor).map(thresholdOf)
  if (former !== undefined) thresholds.push(former)
  const byCount = new Map<number, { threshold: number; acted: number; tp: number }>()
  for (const threshold of thresholds.sort((a, b) => b - a)) {
    const acted = countAbove(all, threshold)
    if (acted >= least && !byCount.has(acted))
      byCount.set(acted, { threshold, acted, tp: countAbove(positives, threshold) })
  }
  const sequence = [...byCount.values()]
  const { tested, proven } = fixedSequence(sequence, floor)
  const formerActed = former === undefined ? undefined : countAbove(all, former)
  return {
    threshold: sequence.find(each => each.acted === proven)?.threshold ?? null,
    formerProven: tested.some(each => each.acted === formerActed && each.p <= floor.delta),
    tested,
  }
}
