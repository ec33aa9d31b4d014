import {
  binomialCdf,
  logGamma,
  normalQuantile,
  pairedP,
  waldError,
} from '../../src/kernel/statistics/index.ts'
import type { Finding } from './claim.ts'

interface Grid {
  readonly rows: readonly number[]
  readonly margins: readonly number[]
  /** Disagreement as multiples of the margin, and as shares. */
  readonly multiples: readonly number[]
  readonly shares: readonly number[]
}

type Passes = (counts: { n: number; b: number; c: number }, margin: number) => boolean

function logBinomial(k: number, n: number, p: number): number {
  if (p <= 0) return k === 0 ? 0 : -Infinity
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p)
}

/** For each c the largest b that passes, −1 where none does: passing falls with b. */
function boundary(passes: Passes, n: number, margin: number): (c: number) => number {
  const known = new Map<number, number>()
  return c => {
    const found = known.get(c) ?? search(b => passes({ n, b, c }, margin), n - c)
    known.set(c, found)
    return found
  }
}

function search(passes: (b: number) => boolean, most: number): number {
  let [low, high] = [-1, most + 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (passes(middle)) low = middle
    else high = middle
  }
  return low
}

/** Probability of passing when the true difference is the margin, summed over all tables but those below 1e-12. */
function passError(
  n: number,
  margin: number,
  of: { disagreement: number; most: (c: number) => number },
): number {
  const onlyNew = (of.disagreement + margin) / 2
  const onlyOld = (of.disagreement - margin) / 2
  const centre = n * onlyOld
  const reach = 8 * Math.sqrt(centre + 1) + 10
  let error = 0
  for (let c = Math.max(0, Math.floor(centre - reach)); c <= Math.min(n, centre + reach); c++) {
    const b = of.most(c)
    if (b < 0) continue
    error += Math.exp(logBinomial(c, n, onlyOld)) * binomialCdf(b, n - c, onlyNew / (1 - onlyOld))
  }
  return error
}

function worst(passes: Passes, { rows, margins, multiples, shares }: Grid): number {
  let most = 0
  for (const n of rows)
    for (const margin of margins) {
      const limit = boundary(passes, n, margin)
      const disagreements = [
        ...multiples.map(times => times * margin),
        ...shares.filter(share => share > margin),
      ]
      for (const disagreement of disagreements.filter(each => each <= 1))
        most = Math.max(most, passError(n, margin, { disagreement, most: limit }))
    }
  return most
}

const fullGrid: Grid = {
  rows: [100, 150, 200, 300, 400, 500, 700, 1000, 1400, 2000, 2500, 3000],
  margins: [0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05],
  multiples: [1, 1.05, 1.1, 1.2, 1.35, 1.5, 1.75, 2, 2.5, 3, 4, 6, 10],
  shares: [0.2, 0.35, 0.5],
}
const smallGrid: Grid = {
  rows: [100, 300, 1000],
  margins: [0.0025, 0.01, 0.05],
  multiples: [1, 1.2, 2, 5],
  shares: [0.3],
}

/** Exact chance that the paired gate passes at true harm = margin (releases.md §17, third row): the worst over a grid. */
export function exactScores(size: 'full' | 'small'): Finding[] {
  const grid = size === 'full' ? fullGrid : smallGrid
  const gate =
    (alpha: number): Passes =>
    (counts, margin) =>
      pairedP(counts, margin).pass <= alpha
  const wald: Passes = (counts, margin) =>
    (counts.b - counts.c) / counts.n - normalQuantile(0.05) * waldError(counts) <= margin
  const bounds = [
    [0.05, 0.065],
    [0.025, 0.03],
    [0.01, 0.0115],
  ] as const
  return [
    ...bounds.map(([alpha, atMost]) => ({
      claim: `paired gate at true harm = margin, α ${alpha}, exact: worst chance of passing`,
      target: { atMost },
      measured: worst(gate(alpha), grid),
    })),
    {
      claim: 'the same of the Wald interval, α 0.05 (why it is no gate)',
      target: { atLeast: 0.5 },
      measured: worst(wald, grid),
    },
  ]
}
