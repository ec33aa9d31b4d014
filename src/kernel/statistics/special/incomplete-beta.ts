import { continuedFraction } from './continued-fraction.ts'
import { deviance } from './deviance.ts'
import { stirlingError } from './log-gamma.ts'

/** A point of (0, 1) with its distance from 1, each as exact as a double can be. */
interface UnitPoint {
  readonly x: number
  readonly y: number
}

interface BetaShape {
  readonly a: number
  readonly b: number
}

/** ln(xᵃ yᵇ/B(a, b)) by Loader's saddle point (2000): neither large a, b nor x near 1 cancel. */
function logDensity({ a, b }: BetaShape, { x, y }: UnitPoint): number {
  const n = a + b
  const difference = a * y - b * x
  const errors = stirlingError(n) - stirlingError(a) - stirlingError(b)
  const scale = 0.5 * Math.log((a / n) * (b / (2 * Math.PI)))
  return scale + errors - deviance(a, n * x, difference) - deviance(b, n * y, -difference)
}

/**
 * ln of the tail below x, less the density, for x up to about the mean: the even part of the continued fraction DLMF 8.17.22
 * (Didonato & Morris 1992, BFRAC), whose terms hold the distance ay − bx + 1 from the mean instead of cancelling to it.
 */
function logFraction({ a, b }: BetaShape, { x, y }: UnitPoint): number {
  const distance = a * y - b * x + 1
  const fraction = continuedFraction((a * distance) / (a + 1), (m, into) => {
    const odd = a + 2 * m - 1
    const step = (m * (b - m) * x) / odd
    into.a = ((a + m - 1) * (a + b + m - 1) * step * x) / odd
    into.b = m + step + ((a + m) * (distance + m * (2 - x))) / (a + 2 * m + 1)
  })
  return -Math.log(fraction)
}

/** ln Iₓ(a, b) and ln(1 − Iₓ(a, b)): the tail on its own side of the mean is computed, the other is its complement. */
function logTails(shape: BetaShape, at: UnitPoint): { readonly lower: number; readonly upper: number } {
  const { a, b } = shape
  if (at.x === 0) return { lower: -Infinity, upper: 0 }
  if (at.y === 0) return { lower: 0, upper: -Infinity }
  const density = logDensity(shape, at)
  if (at.x * (a + b + 2) <= a + 1) {
    const lower = density + logFraction(shape, at)
    return { lower, upper: Math.log1p(-Math.exp(lower)) }
  }
  const upper = density + logFraction({ a: b, b: a }, { x: at.y, y: at.x })
  return { lower: Math.log1p(-Math.exp(upper)), upper }
}

/** Regularised incomplete beta function Iₓ(a, b), a, b > 0, 0 ≤ x ≤ 1; NaN elsewhere. */
export function betaI(x: number, a: number, b: number): number {
  if (!inside(x, a, b)) return Number.NaN
  // To the last digit, since one event of one row is compared with α itself.
  if (b === 1) return x ** a
  return Math.exp(logTails({ a, b }, { x, y: 1 - x }).lower)
}

/** 1 − Iₓ(a, b), computed as a tail. */
export function betaSf(x: number, a: number, b: number): number {
  if (!inside(x, a, b)) return Number.NaN
  if (a === 1 && b === 1) return 1 - x
  return Math.exp(logTails({ a, b }, { x, y: 1 - x }).upper)
}

function inside(x: number, a: number, b: number): boolean {
  return a > 0 && b > 0 && x >= 0 && x <= 1
}

/** x with Iₓ(a, b) = p. NaN outside a, b > 0, 0 ≤ p ≤ 1. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!inside(p, a, b)) return Number.NaN
  if (p === 0 || p === 1) return p
  return p <= 0.5 ? solve({ a, b }, { side: 'lower', p }) : solve({ a, b }, { side: 'upper', p: 1 - p })
}

/** x with 1 − Iₓ(a, b) = p: the quantile of 1 − p without forming it. */
export function betaUpperQuantile(p: number, a: number, b: number): number {
  if (!inside(p, a, b)) return Number.NaN
  if (p === 0 || p === 1) return 1 - p
  return p <= 0.5 ? solve({ a, b }, { side: 'upper', p }) : solve({ a, b }, { side: 'lower', p: 1 - p })
}

/** Logits beyond this have no double. */
const farthest = 708

/**
 * Newton's method on ln tail over logit x. Both tails are log-concave there, so the tangent never meets the target beyond
 * the root: after one step the iterates approach it from one side.
 */
function solve(shape: BetaShape, target: { readonly side: 'lower' | 'upper'; readonly p: number }): number {
  const wanted = Math.log(target.p)
  const sign = target.side === 'lower' ? 1 : -1
  let t = Math.log(shape.a / shape.b)
  for (let round = 0; round < 200; round++) {
    const at = { x: 1 / (1 + Math.exp(-t)), y: 1 / (1 + Math.exp(t)) }
    const tail = logTails(shape, at)[target.side]
    const step = sign * (wanted - tail) * Math.exp(tail - logDensity(shape, at))
    const next = Math.min(farthest, Math.max(-farthest, t + step))
    if (Math.abs(next - t) <= 1e-16 * Math.max(1, Math.abs(t))) break
    t = next
  }
  return t <= -farthest ? 0 : 1 / (1 + Math.exp(-t))
}
