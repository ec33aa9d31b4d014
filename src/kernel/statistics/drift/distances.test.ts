import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CountDistance, countDistance, countDistances } from './count-distances.ts'
import { countingFeatures } from './counting-features.ts'
import { decideWindows, type FeatureTest } from './drift-windows.ts'
import { sampleDistance, wasserstein, wassersteinPerDeviation } from './sample-distances.ts'

const names = Object.keys(countDistances) as CountDistance[]
const table = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 8 })
const sample = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 })

describe('distances of counts', () => {
  it('are 0 for equal shares, never negative, the same in every order of the bins', () => {
    const property = fc.property(table, fc.constantFrom(...names), (rows, name) => {
      const [reference, current] = [rows.map(([r]) => r), rows.map(([, c]) => c)]
      fc.pre(reference.some(r => r > 0) && current.some(c => c > 0))
      const value = Number(countDistance(name, { reference, current }))
      expect(value).toBeGreaterThanOrEqual(-1e-12)
      const turned = { reference: reference.toReversed(), current: current.toReversed() }
      expect(countDistance(name, turned)).toBeCloseTo(value, 9)
      const tripled = reference.map(count => count * 3)
      // Half a row a bin is not a share, so only equal counts are at no distance there.
      const same = name === 'psi/frozen' ? reference : tripled
      expect(Number(countDistance(name, { reference, current: same }))).toBeCloseTo(0, 7)
    })
    fc.assert(property)
  })

  it('say why there is none', () => {
    for (const name of names) {
      expect(countDistance(name, { reference: [0, 0], current: [1, 0] })).toEqual({ undefined: 'no-rows' })
      expect(() => countDistance(name, { reference: [1], current: [1, 0] })).toThrow(/1 reference bins/)
    }
  })
})

describe('distances of samples', () => {
  it('Wasserstein is the mean distance of the sorted values where sizes are equal', () => {
    const property = fc.property(sample, fc.nat(), (one, seed) => {
      const other = one.map((value, index) => value * 0.7 + ((seed + index * 37) % 11))
      const [a, b] = [one.toSorted((x, y) => x - y), other.toSorted((x, y) => x - y)]
      const mean = a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] ?? 0)), 0) / a.length
      const found = Number(wasserstein({ reference: one, current: other }))
      expect(Math.abs(found - mean)).toBeLessThanOrEqual(1e-9 * Math.max(1, mean))
      expect(wasserstein({ reference: [...one, ...one], current: other })).toBeCloseTo(mean, 4)
    })
    fc.assert(property)
  })

  it('bins of equal width hold every value; what is outside the reference has a cell', () => {
    const property = fc.property(sample, sample, (reference, current) => {
      for (const [name, binning] of [
        ['psi/evidently', 'evidently'],
        ['hellinger/evidently', 'evidently-distinct'],
        ['hellinger/nannyml', 'nannyml'],
      ] as const) {
        const found = sampleDistance(name, binning, { reference, current })
        if ('undefined' in found) throw new Error(found.undefined)
        expect(typeof found.value).toBe('number')
        expect(found.bins).toBeGreaterThan(0)
        const none = sampleDistance(name, binning, { reference, current: reference })
        expect('value' in none && Number(none.value)).toBeCloseTo(0, 7)
      }
    })
    fc.assert(property)
  })

  it('leave missing rows out, and say why there is none', () => {
    const with_ = { reference: [1, 2, Number.NaN, 4], current: [1, Number.NaN] }
    const without = { reference: [1, 2, 4], current: [1] }
    expect(wasserstein(with_)).toBe(wasserstein(without))
    expect(wassersteinPerDeviation(with_)).toBe(wassersteinPerDeviation(without))
    expect(wasserstein({ reference: [Number.NaN], current: [1] })).toEqual({ undefined: 'no-rows' })
    expect(wasserstein({ reference: [1], current: [Infinity] })).toEqual({ undefined: 'not-finite' })
    expect(sampleDistance('psi/evidently', 'evidently', { reference: [-Infinity], current: [1] })).toEqual({
      undefined: 'not-finite',
    })
  })
})

describe('decisions', () => {
  it('count the largest features up to 80 %, and the score', () => {
    expect(countingFeatures({})).toEqual(['score'])
    expect(countingFeatures({ b: 0.1, a: 0.1, score: 0.8 })).toEqual(['score'])
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`f${index}`, 0.1]))
    expect(countingFeatures(ten)).toHaveLength(9)
    expect(() => countingFeatures({ a: -1 })).toThrow(expect.objectContaining({ code: 'NOT_A_NUMBER' }))
  })

  const test = (pValue: number, currentRows = 1_000): FeatureTest => ({
    pValue,
    referenceRows: 5_000,
    currentRows,
    binsUsed: 10,
  })
  const days = (...ps: readonly (FeatureTest | null)[]) =>
    ps.map((each, day) => ({ day, features: { a: each } }))
  const rule = { counting: ['a'], cooldownDays: 3 }
  const decisions = (...ps: readonly (FeatureTest | null)[]) =>
    decideWindows(rule, days(...ps)).map(({ decision }) => decision)

  it('trigger at the second alarm of three tested windows, and then cool down', () => {
    expect(decisions(test(0), test(0), test(0), test(0), test(0))).toEqual([
      'none',
      'trigger',
      'suppressed_cooldown',
      'suppressed_cooldown',
      'trigger',
    ])
    expect(decisions(test(0), test(1), test(1), test(0))).toEqual(['none', 'none', 'none', 'none'])
    expect(decisions(test(0), test(1), test(0), test(1)).at(-2)).toBe('trigger')
  })

  it('pass over windows without enough rows or without a reference', () => {
    expect(decisions(test(0), test(0, 499), null, test(0))).toEqual(['none', 'none', 'none', 'trigger'])
  })
})
