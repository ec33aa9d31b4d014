import { gammaP, gammaQ, logGammaQ } from './incomplete-gamma.ts'

/** The error function 2/√π ∫₀ˣ e^(−t²) dt = sign(x) · P(½, x²). */
export function erf(x: number): number {
  if (Math.abs(x) < 1e-8) return (2 / Math.sqrt(Math.PI)) * x
  return Math.sign(x) * gammaP(0.5, x * x)
}

/** 1 − erf(x), as a tail: Q(½, x²) for x ≥ 0. */
export function erfc(x: number): number {
  if (Math.abs(x) < 1e-8) return 1 - erf(x)
  return x < 0 ? 1 + gammaP(0.5, x * x) : gammaQ(0.5, x * x)
}

/** Φ(x), the lower tail of the standard normal distribution, computed as a tail. */
export function normalCdf(x: number): number {
  return normalSf(-x)
}

/** 1 − Φ(x) = ½ Q(½, x²/2) for x ≥ 0, computed as a tail. */
export function normalSf(x: number): number {
  if (Math.abs(x) < 1e-8) return 0.5 - x / Math.sqrt(2 * Math.PI)
  const half = (x * x) / 2
  return x < 0 ? 0.5 + 0.5 * gammaP(0.5, half) : 0.5 * gammaQ(0.5, half)
}

/** ln(1 − Φ(x)), also where the tail itself is below the smallest double. */
export function normalLogSf(x: number): number {
  return x < 1 ? Math.log1p(-normalCdf(x)) : logGammaQ(0.5, (x * x) / 2) - Math.LN2
}
