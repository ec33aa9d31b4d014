import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { movedShare } from '../moved-share.ts'
import { type Random, randomFrom } from '../random.ts'
import { decideWindows } from './drift-windows.ts'
import { countNumbers, freezeNumbers } from './frozen-numbers.ts'
import { enoughRows, totalVariation } from './total-variation.ts'

const counts = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 900 })), {
  minLength: 1,
  maxLength: 12,
})

function defined(reference: readonly number[], current: readonly number[]) {
  const result = totalVariation({ reference, current })
  if ('undefined' in result) throw new Error(result.undefined)
  return result
}

describe('total variation', () => {
  it('does not depend on the order of the bins, nor on empty ones', () => {
    const property = fc.property(counts, table => {
      const [reference, current] = [table.map(([r]) => r), table.map(([, c]) => c)]
      fc.pre(reference.some(r => r > 0) && current.some(c => c > 0))
      const result = defined(reference, current)
      const turned = defined([0, ...reference.toReversed()], [0, ...current.toReversed()])
      for (const name of ['tv', 'mu', 'sd', 'lower', 'p_value'] as const)
        expect(turned[name]).toBeCloseTo(result[name], 10)
      expect(result.lower).toBeLessThanOrEqual(result.tv)
      expect(result.lower).toBeGreaterThanOrEqual(0)
    })
    fc.assert(property)
  })

  it('alarms by p ≤ 0.01 exactly where the lower bound is above the limit', () => {
    const limit = fc.double({ min: 0.001, max: 0.9, noNaN: true })
    const property = fc.property(counts, limit, (table, at) => {
      const [reference, current] = [table.map(([r]) => r), table.map(([, c]) => c)]
      fc.pre(reference.some(r => r > 0) && current.some(c => c > 0))
      const result = totalVariation({ reference, current }, { limit: at })
      if ('undefined' in result) throw new Error('there are rows')
      if (Math.abs(result.lower - at) > 1e-9) expect(result.p_value <= 0.01).toBe(result.lower > at)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('says no more for rows that repeat entities', () => {
    const reference = [500, 500, 500, 500]
    const current = [400, 200, 200, 200]
    const once = defined(reference, current)
    const often = totalVariation({ reference, current }, { designEffect: { reference: 3, current: 3 } })
    expect(often).toMatchObject({ tv: once.tv })
    expect('lower' in often && often.lower < once.lower).toBe(true)
  })

  it('refuses what are no counts, effects or confidences', () => {
    const ask =
      (options: object, current = [1, 1]) =>
      () =>
        totalVariation({ reference: [1, 1], current }, options)
    expect(ask({}, [1])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }))
    expect(ask({}, [-1, 3])).toThrow(expect.objectContaining({ code: 'INVALID_COUNTS' }))
    expect(ask({ designEffect: { reference: 0.5, current: 1 } })).toThrow(
      expect.objectContaining({ code: 'INVALID_COUNTS' }),
    )
    expect(ask({ confidence: 1 })).toThrow(expect.objectContaining({ code: 'ALPHA_OUT_OF_RANGE' }))
    expect(ask({}, [0, 0])()).toEqual({ undefined: 'no-rows' })
    expect(ask({}, [])()).toEqual({ undefined: 'no-rows' })
  })

  it('needs 500 rows, and 25 for every reference bin in use', () => {
    expect(movedShare([499], [5_000])).toEqual({ undefined: 'not-enough-data' })
    expect(movedShare([500], [500])).toMatchObject({ tv: 0, lower: 0 })
    expect([enoughRows(20), enoughRows(21)]).toEqual([500, 525])
  })
})

/** A value whose density is 1 + 8·moved·(x − ½) on [0, 1]: total variation `moved` from uniform. */
function tilted(random: Random, moved: number): number {
  const value = random.unit()
  return random.unit() < 4 * moved ? Math.max(value, random.unit()) : value
}

const referenceRows = 5_000

describe('operating characteristics: ten quantile bins, reference 5 000, limit 10 %', () => {
  const drawn = randomFrom('drift/references')
  const references = Array.from({ length: 200 }, () => {
    const reference = Float64Array.from({ length: referenceRows }, () => drawn.unit())
    const bins = freezeNumbers(reference)
    const counter = countNumbers(bins)
    counter.add(reference)
    return { bins, counts: counter.counts() }
  })

  /** Fewer runs for long windows, where every share is far from its limit. */
  function shares(rows: number, moved: number): { readonly above0: number; readonly alarms: number } {
    const random = randomFrom(`drift/${rows}/${moved}`)
    const window = new Float64Array(rows)
    const runs = rows > 1_000 ? 600 : 2_000
    let [above0, alarms] = [0, 0]
    for (let run = 0; run < runs; run++) {
      const reference = references[run % references.length]
      if (!reference) continue
      for (let row = 0; row < rows; row++) window[row] = tilted(random, moved)
      const counter = countNumbers(reference.bins)
      counter.add(window)
      const { lower, p_value } = defined(reference.counts, counter.counts())
      if (lower > 0) above0++
      if (p_value <= 0.01) alarms++
    }
    return { above0: above0 / runs, alarms: alarms / runs }
  }

  it.each([
    { rows: 500, still: 0.001, ten: 0.025, fifteen: 0.4, twenty: 0.95 },
    { rows: 1_000, still: 0, ten: 0.025, fifteen: 0.68, twenty: 0.99 },
    { rows: 5_000, still: 0, ten: 0.02, fifteen: 0.99, twenty: 0.99 },
  ])('window of $rows rows', ({ rows, still, ten, fifteen, twenty }) => {
    const nothing = shares(rows, 0)
    expect(nothing.above0).toBeLessThanOrEqual(0.02)
    expect(nothing.alarms).toBeLessThanOrEqual(still)
    expect(shares(rows, 0.1).alarms).toBeLessThanOrEqual(ten)
    expect(shares(rows, 0.15).alarms).toBeGreaterThanOrEqual(fifteen)
    expect(shares(rows, 0.2).alarms).toBeGreaterThanOrEqual(twenty)
  })

  it('never triggers in 1 000 windows of 50 features where nothing moved', () => {
    const random = randomFrom('drift/nothing')
    const names = Array.from({ length: 50 }, (_, index) => `f${index}`)
    const reference = references[0]
    const windows = Array.from({ length: 1_000 }, (_, day) => ({
      day,
      features: Object.fromEntries(
        names.map(name => {
          const current = new Array<number>(10).fill(0)
          for (let row = 0; row < 500; row++) {
            const bin = random.u32() % 10
            current[bin] = (current[bin] ?? 0) + 1
          }
          const { p_value } = defined(reference?.counts ?? [], [...current, 0, 0])
          return [name, { pValue: p_value, referenceRows, currentRows: 500, binsUsed: 10 }]
        }),
      ),
    }))
    const decided = decideWindows({ counting: names, cooldownDays: 7 }, windows)
    expect(decided.filter(({ decision }) => decision !== 'none')).toEqual([])
  })
})
