import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countCategories, freezeCategories } from './frozen-categories.ts'
import { countNumbers, freezeNumbers, type NumberBins } from './frozen-numbers.ts'

const value = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double(),
  fc.constantFrom(0, -0, 1, Number.NaN, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE),
)
const column = fc.array(value, { maxLength: 120 })

function counted(bins: NumberBins, values: readonly number[]): number[] {
  const counter = countNumbers(bins)
  counter.add(values)
  return counter.counts()
}

/** The bin of one value, by the definition. */
function naiveBin({ cuts, masses }: NumberBins, of: number): number {
  if (Number.isNaN(of)) return cuts.length + masses.length + 2
  const mass = masses.indexOf(of)
  if (mass >= 0) return cuts.length + 1 + mass
  return cuts.findIndex(cut => of <= cut) < 0 ? cuts.length : cuts.findIndex(cut => of <= cut)
}

describe('frozen bins of numbers', () => {
  it('count every value exactly once, in the bin of the definition', () => {
    const property = fc.property(column, column, (reference, window) => {
      const bins = freezeNumbers(reference)
      const naive = new Array<number>(bins.cuts.length + bins.masses.length + 3).fill(0)
      for (const each of window) naive[naiveBin(bins, each)] = (naive[naiveBin(bins, each)] ?? 0) + 1
      expect(counted(bins, window)).toEqual(naive)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('do not depend on the order of the rows, nor the counts on how they come', () => {
    const property = fc.property(column, column, fc.nat(), (reference, window, place) => {
      const bins = freezeNumbers(reference)
      expect(freezeNumbers([...reference].reverse())).toEqual(bins)
      const counter = countNumbers(bins)
      const cut = place % (window.length + 1)
      counter.add(Float64Array.from(window.slice(cut)))
      counter.add(window.slice(0, cut))
      expect(counter.counts()).toEqual(counted(bins, window))
    })
    fc.assert(property)
  })

  it('follow the definition of masses and cuts', () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 400 }),
      reference => {
        const { cuts, masses } = freezeNumbers(reference)
        const count = (of: number) => reference.filter(each => each === of).length
        const f = reference.length
        const values = [...new Set(reference)].sort((a, b) => a - b)
        expect(masses).toEqual(values.filter(each => 50 * count(each) >= f && count(each) >= 10))
        const others = reference.filter(each => !masses.includes(each)).sort((a, b) => a - b)
        const bins = Math.max(1, Math.floor((10 * others.length) / f + 0.5))
        const quantiles = Array.from(
          { length: bins - 1 },
          (_, j) => others[Math.ceil(((j + 1) * others.length) / bins) - 1],
        )
        expect(cuts).toEqual([...new Set(quantiles)].filter(cut => cut !== others.at(-1)))
      },
    )
    fc.assert(property)
  })

  it('keep at least one interval, and hold up to fifty masses', () => {
    expect(freezeNumbers([])).toEqual({ kind: 'numeric', cuts: [], masses: [] })
    expect(counted(freezeNumbers([]), [4, Number.NaN])).toEqual([1, 0, 1])
    const masses = Array.from({ length: 50 }, (_, index) => index / 10)
    const bins = freezeNumbers(masses.flatMap(each => new Array<number>(10).fill(each)))
    expect(bins).toEqual({ kind: 'numeric', cuts: [], masses })
    expect(counted(bins, [...masses, 0.05, -1, 9])).toEqual([3, ...masses.map(() => 1), 0, 0])
    const counter = countNumbers(bins)
    counter.addUnseen()
    expect(counter.counts().at(-2)).toBe(1)
  })
})

describe('frozen bins of categories', () => {
  const texts = fc.array(fc.option(fc.constantFrom('', 'a', 'b', 'B', 'é', '𝄞', '￿', 'NaN')), {
    maxLength: 300,
  })

  it('hold every row once: own, other, unseen or missing', () => {
    const property = fc.property(texts, texts, (reference, window) => {
      const bins = freezeCategories(reference)
      const counter = countCategories(bins)
      counter.add(window)
      const counts = counter.counts()
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(window.length)
      expect(counts.at(-1)).toBe(window.filter(each => each === null).length)
      expect(counts.at(-2)).toBe(window.filter(each => each !== null && !reference.includes(each)).length)
      for (const [bin, own] of bins.own.entries())
        expect(counts[bin]).toBe(window.filter(each => each === own).length)
      expect(freezeCategories([...reference].reverse())).toEqual(bins)
    })
    fc.assert(property)
  })

  it('rank by frequency, then by code point, at most fifty', () => {
    expect(freezeCategories(['￿', '𝄞', 'a', 'a']).own).toEqual(['a', '￿', '𝄞'])
    const many = Array.from({ length: 60 }, (_, index) => `c${String(index).padStart(2, '0')}`)
    const bins = freezeCategories(many)
    expect(bins.own).toEqual(many.slice(0, 50))
    expect(bins.rare).toEqual(many.slice(50))
    const counter = countCategories(freezeCategories(many, 59))
    counter.add(['c59', 'never', null])
    expect(counter.counts().slice(-3)).toEqual([2, 0, 1])
  })
})
