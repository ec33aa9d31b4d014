import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  binomialP,
  clopperPearson,
  mcnemar,
  normalQuantile,
  pairedBounds,
  pairedP,
  pairedScore,
  planAbsolute,
  scoreBounds,
  unpairedBounds,
  unpairedP,
} from '../../src/kernel/statistics/index.ts'
import {
  naiveBinomialCdf,
  naiveHalfTail,
  naiveRowsAtMost,
  naiveScore,
  naiveScoreBounds,
} from './naive-bounds.ts'

const pairs = fc
  .record({ n: fc.integer({ min: 2, max: 400 }), b: fc.nat(400), c: fc.nat(400) })
  .map(({ n, b, c }) => ({ n, b: b % (n + 1), c: c % (n - (b % (n + 1)) + 1) }))
const alphas = fc.constantFrom(0.05, 0.025, 0.01, 0.001)

function whole<Bounds>(bounds: Bounds | { readonly undefined: string }): Bounds {
  if (typeof bounds === 'object' && bounds !== null && 'undefined' in bounds)
    throw new Error('the bounds are undefined')
  return bounds as Bounds
}

test('the score statistic is that of the restricted likelihood', () => {
  const margin = fc.double({ min: -0.6, max: 0.6, noNaN: true })
  const property = fc.property(pairs, margin, (counts, delta) => {
    fc.pre(Math.abs(delta) > 1e-3 && counts.b + counts.c > 0)
    const naive = naiveScore(counts, delta)
    expect(Math.abs(pairedScore(counts, delta) - naive)).toBeLessThan(1e-5 * Math.max(1, Math.abs(naive)))
  })
  fc.assert(property, { numRuns: 300 })
})

test('score bounds are the edges of what the statistic does not reject', () => {
  const property = fc.property(pairs, alphas, (counts, alpha) => {
    const found = scoreBounds(counts, alpha)
    const naive = naiveScoreBounds(counts, -normalQuantile(alpha), 1000)
    expect(Math.abs(found.lower - naive.lower)).toBeLessThan(0.0041)
    expect(Math.abs(found.upper - naive.upper)).toBeLessThan(0.0041)
  })
  fc.assert(property, { numRuns: 25 })
})

test('a paired claim passes at α exactly when its bound is inside the margin', () => {
  const margin = fc.double({ min: -0.3, max: 0.3, noNaN: true })
  const property = fc.property(pairs, alphas, margin, (counts, alpha, m) => {
    const { lower, upper } = whole(pairedBounds(counts, alpha))
    const { pass, fail } = pairedP(counts, m)
    fc.pre(m !== 0 && [lower, upper].every(bound => Math.abs(bound - m) > 1e-9))
    expect(pass <= alpha).toBe(upper <= m)
    expect(fail <= alpha).toBe(lower >= m)
  })
  fc.assert(property, { numRuns: 500 })
})

test('exchanging the models mirrors bounds and evidence', () => {
  const margin = fc.double({ min: -0.3, max: 0.3, noNaN: true })
  const property = fc.property(pairs, alphas, margin, ({ n, b, c }, alpha, m) => {
    const [one, other] = [
      whole(pairedBounds({ n, b, c }, alpha)),
      whole(pairedBounds({ n, b: c, c: b }, alpha)),
    ]
    expect(one.lower).toBeCloseTo(-other.upper, 12)
    const [forth, back] = [pairedP({ n, b, c }, m), pairedP({ n, b: c, c: b }, -m)]
    expect(forth.pass).toBeCloseTo(back.fail, 12)
    expect(forth.fail).toBeCloseTo(back.pass, 12)
  })
  fc.assert(property)
})

test('McNemar is a sum over half-half coins', () => {
  const property = fc.property(fc.nat(150), fc.nat(150), (b, c) => {
    const found = mcnemar(b, c)
    expect(found.newMore).toBeCloseTo(naiveHalfTail(b, b + c), 12)
    expect(found.oldMore).toBeCloseTo(naiveHalfTail(c, b + c), 12)
    expect(found.twoSided).toBeCloseTo(Math.min(1, 2 * naiveHalfTail(Math.max(b, c), b + c)), 12)
  })
  fc.assert(property)
})

test('Clopper-Pearson covers at least what it says, whatever the rate', () => {
  for (const n of [1, 10, 60])
    for (const rate of [0.01, 0.07, 0.3, 0.5, 0.93]) {
      let [below, above] = [0, 0]
      for (let x = 0; x <= n; x++) {
        const chance = naiveBinomialCdf(x, n, rate) - (x === 0 ? 0 : naiveBinomialCdf(x - 1, n, rate))
        const { lower, upper } = whole(clopperPearson(x, n, 0.05))
        if (lower > rate) below += chance
        if (upper < rate) above += chance
      }
      expect(Math.max(below, above)).toBeLessThanOrEqual(0.05 + 1e-12)
    }
})

test('evidence on a rate touches its bound at α', () => {
  const counts = fc.integer({ min: 1, max: 3000 }).chain(n => fc.record({ n: fc.constant(n), x: fc.nat(n) }))
  const property = fc.property(counts, alphas, ({ x, n }, alpha) => {
    const { lower, upper } = whole(clopperPearson(x, n, alpha))
    if (x < n) expect(binomialP({ x, n }, { limit: upper, side: 'atMost' }).pass / alpha).toBeCloseTo(1, 8)
    if (x > 0) expect(binomialP({ x, n }, { limit: lower, side: 'atLeast' }).pass / alpha).toBeCloseTo(1, 8)
  })
  fc.assert(property)
})

test('unpaired evidence touches the hybrid bound at α', () => {
  const arm = fc.integer({ min: 1, max: 5000 }).chain(n => fc.record({ n: fc.constant(n), x: fc.nat(n) }))
  const property = fc.property(arm, arm, alphas, (challenger, champion, alpha) => {
    const { lower, upper } = whole(unpairedBounds({ challenger, champion }, alpha))
    const width = upper - lower
    fc.pre(width > 1e-6)
    const d = challenger.x / challenger.n - champion.x / champion.n
    if (upper - d > 1e-6) expect(unpairedP({ challenger, champion }, upper).pass / alpha).toBeCloseTo(1, 6)
    if (d - lower > 1e-6) expect(unpairedP({ challenger, champion }, lower).fail / alpha).toBeCloseTo(1, 6)
  })
  fc.assert(property)
})

test('the absolute plan is the smallest n of all', () => {
  const plans = fc.record({
    limit: fc.double({ min: 0.05, max: 0.6, noNaN: true }),
    fraction: fc.double({ min: 0, max: 0.7, noNaN: true }),
    alpha: fc.constantFrom(0.05, 0.025),
    beta: fc.constantFrom(0.2, 0.05),
  })
  const property = fc.property(plans, ({ limit, fraction, alpha, beta }) => {
    const plan = { limit, assumed: limit * fraction, alpha, beta }
    expect(planAbsolute(plan)).toBe(naiveRowsAtMost(plan))
    expect(planAbsolute({ ...plan, limit: 1 - limit, assumed: 1 - plan.assumed, side: 'atLeast' })).toBe(
      planAbsolute({ ...plan, limit: 1 - (1 - limit), assumed: 1 - (1 - plan.assumed) }),
    )
  })
  fc.assert(property, { numRuns: 60 })
})

test('nothing proves nothing, and impossible counts are refused', () => {
  expect(pairedBounds({ n: 0, b: 0, c: 0 }, 0.05)).toEqual({ undefined: 'no-rows' })
  expect(pairedP({ n: 0, b: 0, c: 0 }, 0.1)).toEqual({ pass: 1, fail: 1 })
  expect(binomialP({ x: 0, n: 0 }, { limit: 0.1, side: 'atMost' })).toEqual({ pass: 1, fail: 1 })
  expect(unpairedP({ challenger: { x: 0, n: 0 }, champion: { x: 1, n: 2 } }, 0.1)).toEqual({
    pass: 1,
    fail: 1,
  })
  expect(planAbsolute({ limit: 0.1, assumed: 0.1, alpha: 0.05, beta: 0.2 })).toEqual({
    undefined: 'cannot-pass',
  })
  const invalid = expect.objectContaining({ code: 'INVALID_COUNTS' })
  expect(() => pairedP({ n: 3, b: 2, c: 2 }, 0)).toThrow(invalid)
  expect(() => clopperPearson(Number.NaN, 3, 0.05)).toThrow(invalid)
  expect(() => mcnemar(1.5, 2)).toThrow(invalid)
  expect(() => pairedBounds({ n: 3, b: 1, c: 1 }, 0.5)).toThrow(
    expect.objectContaining({ code: 'ALPHA_OUT_OF_RANGE' }),
  )
})
