import { continuedFraction } from './continued-fraction.ts'
import { deviance } from './deviance.ts'
import { logGamma, stirlingError } from './log-gamma.ts'

/** ln(xᵃ e⁻ˣ/Γ(a)) by Loader's saddle point, which does not cancel for large a. */
function logDensity(a: number, x: number): number {
  return 0.5 * Math.log(a / (2 * Math.PI)) - stirlingError(a) - deviance(a, x, a - x)
}

/** ln P(a, x) by P = xᵃ e⁻ˣ/Γ(a + 1) · Σ xⁿ/((a + 1)…(a + n)) (DLMF 8.11.4), for x < a + 1. */
function logLowerSeries(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (a + n)
    sum += term
  }
  return logDensity(a, x) + Math.log(sum / a)
}

/** ln Q(a, x) by Legendre's continued fraction (DLMF 8.9.2, even part), for x ≥ max(1, a + 1) or a < 1 ≤ x. */
function logUpperFraction(a: number, x: number): number {
  const fraction = continuedFraction(x + 1 - a, (n, into) => {
    into.a = -n * (n - a)
    into.b = x + 2 * n + 1 - a
  })
  return logDensity(a, x) - Math.log(fraction)
}

/** Q(a, x) for a, x < 1: −expm1(ln xᵃ/Γ(1 + a)) − xᵃ/Γ(1 + a) · Σₙ≥₁ a(−x)ⁿ/((a + n) n!) (Gautschi 1979). */
function upperOfSmall(a: number, x: number): number {
  const logFirst = a * Math.log(x) - logGamma(1 + a)
  let power = 1
  let sum = 0
  for (let n = 1; n < 30; n++) {
    power *= -x / n
    sum += (a * power) / (a + n)
  }
  return -Math.expm1(logFirst) - Math.exp(logFirst) * sum
}

/** ln P(a, x) and ln Q(a, x) for a, x > 0; the smaller is computed as such, the larger as its complement. */
function logTails(a: number, x: number): { readonly lower: number; readonly upper: number } {
  if (a < 1 && x < 1) return { lower: logLowerSeries(a, x), upper: Math.log(upperOfSmall(a, x)) }
  if (a >= 1 && x < a + 1) {
    const lower = logLowerSeries(a, x)
    return { lower, upper: Math.log1p(-Math.exp(lower)) }
  }
  const upper = logUpperFraction(a, x)
  return { lower: Math.log1p(-Math.exp(upper)), upper }
}

/** Lower regularised incomplete gamma function P(a, x), a > 0, x ≥ 0; NaN elsewhere. */
export function gammaP(a: number, x: number): number {
  if (!(a > 0 && x >= 0)) return Number.NaN
  if (x === 0) return 0
  return x === Infinity ? 1 : Math.exp(logTails(a, x).lower)
}

/** Upper regularised incomplete gamma function Q(a, x), a > 0, x ≥ 0, computed as a tail; NaN elsewhere. */
export function gammaQ(a: number, x: number): number {
  return Math.exp(logGammaQ(a, x))
}

/** ln Q(a, x): goes on where Q is below the smallest double. */
export function logGammaQ(a: number, x: number): number {
  if (!(a > 0 && x >= 0)) return Number.NaN
  if (x === 0) return 0
  return x === Infinity ? -Infinity : logTails(a, x).upper
}

/** Upper tail P(X > x) of the χ² distribution with `freedom` degrees of freedom: Q(freedom/2, x/2). */
export function chiSquareSf(x: number, freedom: number): number {
  return gammaQ(freedom / 2, Math.max(0, x) / 2)
}

/** ln P(X > x) of the χ² distribution, also where the tail itself is below the smallest double. */
export function chiSquareLogSf(x: number, freedom: number): number {
  return logGammaQ(freedom / 2, Math.max(0, x) / 2)
}
