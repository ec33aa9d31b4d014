/** Bounds and evidence by brute force: likelihoods maximised by search, sums over every outcome. Slow, and easy to believe. */

/** Share of the old-only pairs that makes the counts likeliest when the difference is δ, by golden-section search. */
function restrictedShare({ n, b, c }: { n: number; b: number; c: number }, delta: number): number {
  const logLikelihood = (q: number): number => {
    const rest = 1 - 2 * q - delta
    const part = (count: number, share: number) =>
      count === 0 ? 0 : count * Math.log(Math.max(share, 1e-300))
    return part(b, q + delta) + part(c, q) + part(n - b - c, rest)
  }
  const golden = (Math.sqrt(5) - 1) / 2
  let [low, high] = [Math.max(0, -delta), (1 - delta) / 2]
  for (let round = 0; round < 200; round++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)]
    if (logLikelihood(left) < logLikelihood(right)) low = left
    else high = right
  }
  return (low + high) / 2
}

/** Tango's statistic from the restricted likelihood itself. */
export function naiveScore(counts: { n: number; b: number; c: number }, delta: number): number {
  const { n, b, c } = counts
  const q = restrictedShare(counts, delta)
  const variance = n * (2 * q + delta - delta * delta)
  return (b - c - n * delta) / Math.sqrt(variance)
}

/** The least and the greatest difference of a fine grid whose score statistic is within ±z. */
export function naiveScoreBounds(
  counts: { n: number; b: number; c: number },
  z: number,
  steps: number,
): { lower: number; upper: number } {
  const inside: number[] = []
  for (let step = 1; step < steps; step++) {
    const delta = -1 + (2 * step) / steps
    if (Math.abs(naiveScore(counts, delta)) <= z) inside.push(delta)
  }
  return { lower: Math.min(...inside), upper: Math.max(...inside) }
}

/** P(Bin(n, ½) ≥ k) by Pascal's triangle in whole numbers. */
export function naiveHalfTail(k: number, n: number): number {
  let row = [1n]
  for (let size = 1; size <= n; size++)
    row = Array.from({ length: size + 1 }, (_, at) => (row[at - 1] ?? 0n) + (row[at] ?? 0n))
  const tail = row.slice(k).reduce((sum, count) => sum + count, 0n)
  return Number((tail << 200n) / (1n << BigInt(n))) / 2 ** 200
}

/** P(Bin(n, p) ≤ k), term by term. */
export function naiveBinomialCdf(k: number, n: number, p: number): number {
  let term = (1 - p) ** n
  let sum = 0
  for (let events = 0; events <= k; events++) {
    sum += term
    term *= ((n - events) / (events + 1)) * (p / (1 - p))
  }
  return sum
}

/** Smallest n with enough power, trying every one. */
export function naiveRowsAtMost(of: { limit: number; assumed: number; alpha: number; beta: number }): number {
  for (let n = 1; ; n++) {
    let passing = -1
    while (passing + 1 < n && naiveBinomialCdf(passing + 1, n, of.limit) <= of.alpha) passing++
    if (passing >= 0 && naiveBinomialCdf(passing, n, of.assumed) >= 1 - of.beta) return n
  }
}
