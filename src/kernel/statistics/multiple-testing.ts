/** Positions of the p-values, the smallest first. */
function rising(ps: readonly number[]): number[] {
  return ps.map((_, index) => index).sort((one, other) => (ps[one] ?? 0) - (ps[other] ?? 0))
}

/** Holm 1979: adjusted p-values in the order given, max over smaller ones of min(1, (m − rank + 1)·p). */
export function holm(ps: readonly number[]): number[] {
  const adjusted: number[] = Array(ps.length).fill(1)
  let largest = 0
  for (const [rank, index] of rising(ps).entries()) {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * (ps[index] ?? 1)))
    adjusted[index] = largest
  }
  return adjusted
}

/** Benjamini & Hochberg 1995: q-values in the order given, min over larger ones of min(1, m·p/rank). */
export function benjaminiHochberg(ps: readonly number[]): number[] {
  const adjusted: number[] = Array(ps.length).fill(1)
  let least = 1
  const order = rising(ps)
  for (let rank = order.length; rank > 0; rank--) {
    const index = order[rank - 1] ?? 0
    least = Math.min(least, (ps.length * (ps[index] ?? 1)) / rank)
    adjusted[index] = least
  }
  return adjusted
}
