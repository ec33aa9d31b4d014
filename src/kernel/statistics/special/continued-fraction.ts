const tiny = 1e-300

/**
 * b₀ + a₁/(b₁ + a₂/(b₂ + …)) by Lentz's method as modified by Thompson & Barnett 1986; `term(n)` sets aₙ and bₙ. Ends when a
 * step changes the value by less than 1e-16.
 */
export function continuedFraction(first: number, term: (n: number, into: FractionTerm) => void): number {
  const step: FractionTerm = { a: 0, b: 0 }
  let value = first || tiny
  let c = value
  let d = 0
  for (let n = 1; n < 1_000_000; n++) {
    term(n, step)
    d = 1 / (step.b + step.a * d || tiny)
    c = step.b + step.a / c || tiny
    const change = c * d
    value *= change
    if (Math.abs(change - 1) < 1e-16) break
  }
  return value
}

export interface FractionTerm {
  a: number
  b: number
}
