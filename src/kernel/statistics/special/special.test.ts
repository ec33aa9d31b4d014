import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalQuantile } from '../normal.ts'
import { binomialCdf, binomialSf } from './binomial.ts'
import { betaI, betaQuantile, betaSf, betaUpperQuantile } from './incomplete-beta.ts'
import { chiSquareLogSf, chiSquareSf, gammaP, gammaQ } from './incomplete-gamma.ts'
import { kolmogorovSf } from './kolmogorov.ts'
import { logGamma } from './log-gamma.ts'
import { erf, erfc, normalCdf, normalLogSf, normalSf } from './normal-tails.ts'

function near(found: number, wanted: number, relative: number): void {
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(relative * Math.abs(wanted))
}

/** P(Bin(n, k/m) ≥ from) as an exact fraction, rounded once. */
function exactTail(from: number, n: number, p: { readonly of: bigint; readonly in: bigint }): number {
  let choose = 1n
  let sum = 0n
  for (let k = 0; k <= n; k++) {
    if (k >= from) sum += choose * p.of ** BigInt(k) * (p.in - p.of) ** BigInt(n - k)
    choose = (choose * BigInt(n - k)) / BigInt(k + 1)
  }
  const whole = p.in ** BigInt(n)
  const shift = BigInt(Math.max(0, whole.toString(2).length - sum.toString(2).length + 70))
  return Number((sum << shift) / whole) / 2 ** Number(shift)
}

test('binomial tails are the exact sums, in both tails', () => {
  const cases = fc.record({ n: fc.integer({ min: 1, max: 120 }), part: fc.integer({ min: 1, max: 63 }) })
  const property = fc.property(cases, fc.nat(120), ({ n, part }, at) => {
    const k = at % (n + 1)
    const p = part / 64
    const [of, whole] = [BigInt(part), 64n]
    near(binomialSf(k, n, p), exactTail(k, n, { of, in: whole }), 1e-12)
    near(binomialCdf(k, n, p), exactTail(n - k, n, { of: whole - of, in: whole }), 1e-12)
  })
  fc.assert(property, { numRuns: 200 })
})

test('beta quantiles invert the incomplete beta function from both sides', () => {
  const shape = fc.double({ min: 0.2, max: 20_000, noNaN: true })
  const level = fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true })
  const property = fc.property(shape, shape, level, (a, b, p) => {
    const lower = betaQuantile(p, a, b)
    const upper = betaUpperQuantile(p, a, b)
    // A quantile next to 0 or 1 has no neighbour that is fine enough to come back from.
    if (lower > 1e-250 && lower < 1 - 1e-6) near(betaI(lower, a, b), p, 1e-9)
    if (upper > 1e-250 && upper < 1 - 1e-6) near(betaSf(upper, a, b), p, 1e-9)
  })
  fc.assert(property, { numRuns: 300 })
})

test('a tail and its complement make one', () => {
  const positive = fc.double({ min: 1e-3, max: 1e4, noNaN: true })
  const property = fc.property(positive, positive, (a, x) => {
    expect(gammaP(a, x) + gammaQ(a, x)).toBeCloseTo(1, 13)
    expect(erf(x / 1e3) + erfc(x / 1e3)).toBeCloseTo(1, 14)
    expect(normalCdf(x / 1e3) + normalSf(x / 1e3)).toBeCloseTo(1, 14)
    expect(betaI(x / (x + a), a, x) + betaSf(x / (x + a), a, x)).toBeCloseTo(1, 13)
  })
  fc.assert(property, { numRuns: 300 })
})

test('whole and half arguments have closed forms', () => {
  let factorial = 1
  for (let n = 1; n < 150; n++) {
    near(logGamma(n), Math.log(factorial), 1e-13)
    factorial *= n
  }
  near(logGamma(0.5), Math.log(Math.PI) / 2, 1e-14)
  near(logGamma(1 + 1e-9), -0.5772156649015329e-9 + 0.8224670334241132e-18, 1e-7)
  for (const x of [0.1, 1, 7, 40, 700]) {
    near(chiSquareSf(x, 2), Math.exp(-x / 2), 1e-13)
    near(chiSquareSf(x, 1), 2 * normalSf(Math.sqrt(x)), 1e-11)
    near(chiSquareSf(x, 4), Math.exp(-x / 2) * (1 + x / 2), 1e-13)
  }
})

test('logarithms of tails go on below the smallest double', () => {
  expect(chiSquareSf(3000, 2)).toBe(0)
  near(chiSquareLogSf(3000, 2), -1500, 1e-14)
  for (const x of [0.5, 5, 20, 37]) near(normalLogSf(x), Math.log(normalSf(x)), 1e-12)
  expect(normalSf(60)).toBe(0)
  // Mills' ratio: φ(x)/x · (1 − 1/x² + 3/x⁴).
  const mills = -(60 ** 2) / 2 - Math.log(60 * Math.sqrt(2 * Math.PI)) + Math.log1p(-1 / 3600 + 3 / 3600 ** 2)
  near(normalLogSf(60), mills, 1e-10)
})

test('the normal quantile inverts both tails', () => {
  const property = fc.property(fc.double({ min: -37, max: 37, noNaN: true }), z => {
    expect(normalQuantile(z < 0 ? normalCdf(z) : normalSf(z))).toBeCloseTo(-Math.abs(z), 11)
  })
  fc.assert(property)
})

test('the two series of the Kolmogorov distribution meet', () => {
  for (const lambda of [0.9, 0.99, 1, 1.01, 1.1]) {
    let direct = 0
    for (let k = 1; k < 30; k++) direct += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * lambda * lambda)
    near(kolmogorovSf(lambda), direct, 1e-12)
  }
  expect([kolmogorovSf(0), kolmogorovSf(-1)]).toEqual([1, 1])
  expect(kolmogorovSf(0.01)).toBe(1)
})

test('at the edges of their domains, and outside', () => {
  expect([betaI(0, 2, 3), betaI(1, 2, 3), betaSf(0, 2, 3), betaSf(1, 2, 3)]).toEqual([0, 1, 1, 0])
  expect([betaQuantile(0, 2, 3), betaQuantile(1, 2, 3), betaUpperQuantile(0, 2, 3)]).toEqual([0, 1, 1])
  expect([gammaP(1, 0), gammaQ(1, 0), gammaP(1, Infinity), gammaQ(1, Infinity)]).toEqual([0, 1, 1, 0])
  expect([
    binomialSf(0, 5, 0.1),
    binomialSf(6, 5, 0.1),
    binomialCdf(-1, 5, 0.1),
    binomialCdf(5, 5, 0.1),
  ]).toEqual([1, 0, 0, 1])
  expect([logGamma(0), logGamma(Infinity)]).toEqual([Infinity, Infinity])
  for (const outside of [
    betaI(2, 1, 1),
    betaI(0.5, 0, 1),
    betaQuantile(0.5, -1, 1),
    gammaP(0, 1),
    gammaQ(1, -1),
    logGamma(-1),
  ])
    expect(outside).toBeNaN()
})
