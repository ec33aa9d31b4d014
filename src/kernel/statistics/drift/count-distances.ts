import { type TwoCounts, totalOf, usedBins } from '../counts.ts'
import type { Quantity } from '../quantity.ts'
import { sumOver } from '../sum.ts'

/**
 * Distances between two lists of counts over the same bins, each under the name of whose number it is (monitoring.md
 * §3.4). Bins empty on both sides are left out. All are undefined without rows on a side, and throw LENGTH_MISMATCH and
 * INVALID_COUNTS as usedBins does.
 */
export const countDistances = {
  /** Population stability index with half a row added to every bin. */
  'psi/frozen': ({ reference, current }: TwoCounts): number => {
    const bins = reference.length
    const smooth = (counts: readonly number[]) => {
      const total = totalOf(counts) + bins / 2
      return counts.map(count => (count + 0.5) / total)
    }
    return stabilityIndex(smooth(reference), smooth(current))
  },
  'psi/evidently': ({ reference, current }: TwoCounts): number =>
    stabilityIndex(fillZeros(shares(reference)), fillZeros(shares(current))),
  /** Kullback-Leibler divergence of the current shares from the reference's, zeros filled. */
  'kl/evidently': ({ reference, current }: TwoCounts): number => {
    const [p, q] = [shares(fillZeros(shares(reference))), shares(fillZeros(shares(current)))]
    return sumOver(p.length, bin => (p[bin] ?? 0) * Math.log((p[bin] ?? 0) / (q[bin] ?? 0)))
  },
  'js_divergence/nat': jensenShannon,
  'js_distance/evidently': (counts: TwoCounts): number => Math.sqrt(jensenShannon(counts)),
  /** In base 2. */
  'js_distance/nannyml': (counts: TwoCounts): number => Math.sqrt(jensenShannon(counts) / Math.LN2),
  'hellinger/nannyml': ({ reference, current }: TwoCounts): number => {
    const [p, q] = [shares(reference), shares(current)]
    const gap = (bin: number) => Math.sqrt(p[bin] ?? 0) - Math.sqrt(q[bin] ?? 0)
    return Math.sqrt(sumOver(p.length, bin => gap(bin) ** 2) / 2)
  },
  'hellinger/evidently': ({ reference, current }: TwoCounts): number => {
    const [p, q] = [shares(reference), shares(current)]
    const overlap = sumOver(p.length, bin => Math.sqrt((p[bin] ?? 0) * (q[bin] ?? 0)))
    return Math.sqrt(Math.max(0, 1 - overlap))
  },
  'l_infinity/nannyml': ({ reference, current }: TwoCounts): number => {
    const [p, q] = [shares(reference), shares(current)]
    return Math.max(...p.map((share, bin) => Math.abs(share - (q[bin] ?? 0))))
  },
} as const

export type CountDistance = keyof typeof countDistances

export function countDistance(name: CountDistance, counts: TwoCounts): Quantity {
  const used = usedBins(counts)
  return 'undefined' in used ? used : countDistances[name](used)
}

function shares(counts: readonly number[]): number[] {
  const total = totalOf(counts)
  return counts.map(count => count / total)
}

/** Shares of 0 become 1e-4, or a millionth of the smallest share where that is not above 1e-4. */
function fillZeros(of: readonly number[]): number[] {
  const smallest = Math.min(...of.filter(share => share > 0))
  const filling = smallest <= 1e-4 ? smallest / 1e6 : 1e-4
  return of.map(share => (share === 0 ? filling : share))
}

function stabilityIndex(p: readonly number[], q: readonly number[]): number {
  return sumOver(p.length, bin => {
    const [a, b] = [p[bin] ?? 0, q[bin] ?? 0]
    return (a - b) * Math.log(a / b)
  })
}

/** Jensen-Shannon divergence in nats; never below 0. */
function jensenShannon({ reference, current }: TwoCounts): number {
  const [p, q] = [shares(reference), shares(current)]
  const part = (a: number, b: number) => (a === 0 ? 0 : a * Math.log((2 * a) / (a + b)))
  const twice = sumOver(p.length, bin => part(p[bin] ?? 0, q[bin] ?? 0) + part(q[bin] ?? 0, p[bin] ?? 0))
  return Math.max(0, twice / 2)
}
