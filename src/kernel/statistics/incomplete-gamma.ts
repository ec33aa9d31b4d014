const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** ln Γ(a) for a > 0, Lanczos (g = 7, 9 terms). */
function logGamma(a: number): number {
  if (a < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * a)) - logGamma(1 - a)
  const x = a - 1
  const sum = lanczos.reduce((total, coefficient, index) =>
    index === 0 ? coefficient : total + coefficient / (x + index),
  )
  const t = x + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Lower regularised incomplete gamma P(a, x) by its series; good for x < a + 1. */
function lowerSeries(a: number, x: number): number {
  let [term, sum] = [1 / a, 1 / a]
  for (let n = 1; n < 10_000 && Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum * Math.exp(a * Math.log(x) - x - logGamma(a))
}

/** Upper regularised incomplete gamma Q(a, x) by Lentz's continued fraction; good for x ≥ a + 1. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let h = d
  for (let n = 1; n < 10_000; n++) {
    const factor = -n * (n - a)
    b += 2
    d = 1 / (factor * d + b || 1e-300)
    c = b + factor / c || 1e-300
    const change = d * c
    h *= change
    if (Math.abs(change - 1) < 1e-16) break
  }
  return h * Math.exp(a * Math.log(x) - x - logGamma(a))
}

/** Upper tail of the χ² distribution: P(X > x) with `freedom` degrees of freedom, computed as a tail. */
export function chiSquareTail(x: number, freedom: number): number {
  if (x <= 0) return 1
  const [a, half] = [freedom / 2, x / 2]
  return half < a + 1 ? 1 - lowerSeries(a, half) : upperFraction(a, half)
}

/** The error function. */
export function erf(x: number): number {
  const square = x * x
  if (square === 0) return 0
  const size = square < 1.5 ? lowerSeries(0.5, square) : 1 - upperFraction(0.5, square)
  return x < 0 ? -size : size
}
