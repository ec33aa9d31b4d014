import type { Random } from '../../src/kernel/statistics/index.ts'

/** Bin(n, p), exactly, by the gaps between events: cheap where events are rare. */
export function binomial(random: Random, n: number, p: number): number {
  if (p <= 0 || n <= 0) return 0
  if (p > 0.5) return n - binomial(random, n, 1 - p)
  const scale = 1 / Math.log1p(-p)
  let events = 0
  let at = 0
  for (;;) {
    at += Math.floor(Math.log(1 - random.unit()) * scale) + 1
    if (at > n) return events
    events++
  }
}

/** Pairs in which only the new one acts, and only the old one: the models disagree in `disagreement` of n pairs, by `harm` on balance. */
export function pairs(
  random: Random,
  n: number,
  { disagreement, harm }: { readonly disagreement: number; readonly harm: number },
): { readonly b: number; readonly c: number } {
  const differing = binomial(random, n, disagreement)
  const b = binomial(random, differing, (1 + harm / disagreement) / 2)
  return { b, c: differing - b }
}
