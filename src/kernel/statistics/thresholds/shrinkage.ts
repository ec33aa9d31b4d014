/** So many events among so many rows. */
export interface EventCount {
  readonly x: number
  readonly n: number
}

/** Rates of many groups, drawn towards their mean as far as their differences are noise. */
export interface ShrunkRates {
  /** Of all rows together. */
  readonly mean: number
  /** Pseudo-rows of the mean that each group gets; Infinity where the groups differ by no more than chance. */
  readonly strength: number
  /** (x + mμ)/(n + m) per group. */
  readonly rates: readonly number[]
}

/**
 * Beta-binomial shrinkage with the strength m = (1 − γ)/γ fitted by moments (Kleinman 1973, weights n_i):
 * S = Σ n_i(p_i − μ)², γ = (S − μ(1−μ)(G−1)) / (μ(1−μ)(Σ n_i(1 − n_i/N) − (G−1))). An estimate to look at; it bounds nothing.
 * Undefined without rows. Groups without rows get the mean.
 */
export function shrinkRates(groups: readonly EventCount[]): ShrunkRates | undefined {
  const counted = groups.filter(each => each.n > 0)
  const total = counted.reduce((sum, each) => sum + each.n, 0)
  if (total === 0) return undefined
  const mean = counted.reduce((sum, each) => sum + each.x, 0) / total
  const variance = mean * (1 - mean)
  const spread = counted.reduce((sum, { x, n }) => sum + n * (x / n - mean) ** 2, 0)
  const freedom = counted.length - 1
  const room = variance * (counted.reduce((sum, { n }) => sum + n * (1 - n / total), 0) - freedom)
  const share = room > 0 ? Math.min((spread - variance * freedom) / room, 1) : 0
  const strength = share > 0 ? (1 - share) / share : Number.POSITIVE_INFINITY
  const rateOf = ({ x, n }: EventCount) =>
    strength === Number.POSITIVE_INFINITY ? mean : (x + strength * mean) / (n + strength)
  return { mean, strength, rates: groups.map(each => (each.n + strength > 0 ? rateOf(each) : mean)) }
}
