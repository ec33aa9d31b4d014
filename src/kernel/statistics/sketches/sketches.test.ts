import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomFrom } from '../random.ts'
import { createSketchHasher, hashHex } from './hash.ts'
import { addHash, distinctCount, emptyHyperLogLog, mergeHyperLogLogs } from './hyper-log-log.ts'
import { emptyKll, type KllState, kllBytes, kllQuantile, kllRank, openKll } from './kll.ts'
import { countFrequent, emptyMisraGries, maxUndercount, mergeMisraGries } from './misra-gries.ts'
import { mergeMoments, momentsOf, noMoments, summariseMoments } from './moments.ts'

const numbers = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 60 })
const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 200 })

/** Splits values at the given places. */
function split<Item>(values: readonly Item[], places: readonly number[]): Item[][] {
  const cuts = [0, ...places.map(place => place % (values.length + 1)).sort((a, b) => a - b), values.length]
  return cuts.slice(1).map((cut, index) => values.slice(cuts[index], cut))
}

describe('the sketch hash', () => {
  it('hashes equal values alike, whatever was hashed before', () => {
    const used = createSketchHasher()
    const property = fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 10 }), texts => {
      const all = texts.flatMap(text => [text, text.repeat(50)])
      const fresh = all.map(text => hashHex(createSketchHasher().text(text)))
      expect(all.map(text => hashHex(used.text(text)))).toEqual(fresh)
    })
    fc.assert(property, { numRuns: 30 })
  })

  it('hashes an integer alike as number and as bigint, −0 as 0', () => {
    const hasher = createSketchHasher()
    fc.assert(
      fc.property(fc.maxSafeInteger(), value => {
        expect(hashHex(hasher.integer(value))).toBe(hashHex(createSketchHasher().integer(BigInt(value))))
      }),
    )
    expect(hashHex(hasher.float(-0))).toBe(hashHex(createSketchHasher().float(0)))
    expect(hashHex(hasher.integer(-(2n ** 63n)))).not.toBe(hashHex(hasher.integer(0)))
  })
})

function distinctIn(values: Iterable<number>, p = 12) {
  const sketch = emptyHyperLogLog(p)
  const hasher = createSketchHasher()
  for (const value of values) addHash(sketch, hasher.integer(value))
  return sketch
}

describe('HyperLogLog', () => {
  it('is within three standard errors of the number of distinct values', () => {
    for (const count of [1, 10, 300, 5_000, 20_000, 200_000]) {
      const values = Array.from({ length: count }, (_, index) => index * 31 + 7)
      const error = Math.abs(distinctCount(distinctIn(values)) / count - 1)
      expect(error).toBeLessThan(3 * 0.01625)
    }
  })

  it('merges to the sketch of the union', () => {
    const some = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 100 })
    fc.assert(
      fc.property(some, some, fc.integer({ min: 4, max: 9 }), (one, other, p) => {
        const merged = mergeHyperLogLogs(distinctIn(one, p), distinctIn(other, p))
        expect(merged).toEqual(distinctIn([...one, ...other], p))
        expect(mergeHyperLogLogs(distinctIn(other, p), distinctIn(one, p))).toEqual(merged)
      }),
    )
    expect(() => mergeHyperLogLogs(emptyHyperLogLog(4), emptyHyperLogLog(5))).toThrow(/do not merge/)
  })

  it('counts nothing as 0 and saturated registers as many', () => {
    expect(distinctCount(emptyHyperLogLog())).toBe(0)
    const full = emptyHyperLogLog(4)
    full.registers.fill(61)
    expect(distinctCount(full)).toBeGreaterThan(1e17)
  })
})

describe('Misra-Gries', () => {
  const exact = (items: readonly string[], value: string) => items.filter(item => item === value).length

  it('never overcounts, and undercounts by at most n/(k+1), also after merges in any order', () => {
    const property = fc.property(
      letters,
      fc.array(fc.nat(), { maxLength: 4 }),
      fc.integer({ min: 1, max: 6 }),
      (items, places, k) => {
        const parts = split(items, places).map(part => countFrequent(emptyMisraGries(k), part))
        for (const merged of [parts.reduce(mergeMisraGries), parts.reduceRight(mergeMisraGries)]) {
          expect(merged.n).toBe(items.length)
          expect(merged.counters.size).toBeLessThanOrEqual(k)
          for (const value of 'abcdefg') {
            const missed = exact(items, value) - (merged.counters.get(value) ?? 0)
            expect(missed).toBeGreaterThanOrEqual(0)
            expect(missed).toBeLessThanOrEqual(maxUndercount(merged))
          }
        }
      },
    )
    fc.assert(property)
  })

  it('goes on where it stopped', () => {
    const whole = countFrequent(emptyMisraGries(3), 'abracadabra')
    expect(countFrequent(countFrequent(emptyMisraGries(3), 'abraca'), 'dabra')).toEqual(whole)
  })
})

describe('moments', () => {
  it('are the same for every split of the rows to 1e-9', () => {
    const property = fc.property(
      fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.nat(), { maxLength: 5 }),
      (values, places) => {
        const whole = summariseMoments(momentsOf(values))
        const split_ = split(values, places).map(part => momentsOf(part))
        for (const merged of [split_.reduce(mergeMoments), split_.reduceRight(mergeMoments, noMoments)]) {
          const { mean, m2, ...rest } = summariseMoments(merged)
          expect(rest).toEqual({ n: values.length, min: whole.min, max: whole.max })
          expectRelative(mean, whole.mean)
          expectRelative(m2, whole.m2)
        }
      },
    )
    fc.assert(property, { numRuns: 500 })
  })

  it('keep the spread of numbers that are almost equal', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => 1e9 + (index % 10) / 10)
    const merged = split(values, [1, 333, 334, 900])
      .map(part => momentsOf(part))
      .reduce(mergeMoments)
    const shifted = momentsOf(values.map(value => value - 1e9)).m2
    expectRelative(summariseMoments(merged).m2, shifted)
  })

  it('have no mean without rows, nor with an infinity', () => {
    expect(summariseMoments(noMoments)).toMatchObject({ n: 0, mean: { undefined: 'no-rows' } })
    expect(summariseMoments(momentsOf([1, Infinity]))).toEqual({
      n: 2,
      mean: { undefined: 'not-finite' },
      m2: { undefined: 'not-finite' },
      min: 1,
      max: Infinity,
    })
    expect(Object.is(momentsOf([-0]).min, 0)).toBe(true)
  })
})

function expectRelative(found: unknown, wanted: unknown): void {
  expect(typeof found).toBe('number')
  const gap = Math.abs(Number(found) - Number(wanted))
  // Squares of the smallest doubles vanish.
  expect(gap).toBeLessThanOrEqual(Math.max(1e-300, 1e-9 * Math.abs(Number(wanted))))
}

function kllOf(values: ArrayLike<number>, label = 'kll/test', k = 200): KllState {
  const sketch = openKll(emptyKll(k), randomFrom(label))
  sketch.add(values)
  return sketch.state()
}

function weight({ levels }: KllState): number {
  return levels.reduce((sum, level, at) => sum + level.length * 2 ** at, 0)
}

describe('KLL', () => {
  it('keeps everything while it fits, so small samples are exact', () => {
    fc.assert(
      fc.property(numbers, values => {
        const few = values.slice(0, 31)
        fc.pre(few.length > 0)
        const sorted = few.map(value => value + 0).sort((a, b) => a - b)
        const state = kllOf(few)
        for (const q of [0, 0.1, 0.5, 0.9, 1])
          expect(kllQuantile(state, q)).toBe(sorted[Math.max(0, Math.ceil(q * few.length) - 1)])
      }),
    )
  })

  it('stands for every row whatever is added and merged', () => {
    const property = fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 5 }), sizes => {
      const states = sizes.map((size, at) => kllOf(Float64Array.from({ length: size }, (_, i) => i * at)))
      const whole = openKll(emptyKll(), randomFrom('kll/merged'))
      for (const state of states) whole.merge(state)
      const rows = sizes.reduce((sum, size) => sum + size, 0)
      expect(whole.state().n).toBe(rows)
      expect(weight(whole.state())).toBe(rows)
      expect(kllBytes(whole.state())).toBeLessThanOrEqual(6 * 1024)
    })
    fc.assert(property, { numRuns: 50 })
  })

  it('gives the same state for the same input in the same order, and goes on from a state', () => {
    const values = Float64Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 20_000)
    expect(kllOf(values)).toEqual(kllOf(values))
    const coin = randomFrom('kll/test')
    const first = openKll(emptyKll(), coin)
    first.add(values.subarray(0, 9_999))
    const second = openKll(first.state(), coin)
    second.add(values.subarray(9_999))
    expect(second.state()).toEqual(kllOf(values))
  })

  it('has the rank error it promises: 1.33 % for one quantile with 99 % confidence, also after merging 24 hours', () => {
    const rows = 24_000
    const runs = 200
    const medianErrors: number[] = []
    const mergedErrors: number[] = []
    for (let run = 0; run < runs; run++) {
      const values = Float64Array.from(randomFrom(`order/${run}`).shuffle(ranks(rows)))
      medianErrors.push(Math.abs(kllRank(kllOf(values, `kll/${run}`), rows / 2) - 0.5))
      const day = openKll(emptyKll(), randomFrom(`kll/day/${run}`))
      for (let hour = 0; hour < 24; hour++)
        day.merge(kllOf(values.subarray(hour * 1_000, (hour + 1) * 1_000), `kll/${run}/${hour}`))
      mergedErrors.push(Math.abs(kllRank(day.state(), rows / 2) - 0.5))
    }
    for (const errors of [medianErrors, mergedErrors]) {
      const sorted = errors.sort((a, b) => a - b)
      expect(sorted[Math.floor(runs * 0.99)]).toBeLessThan(0.0133)
    }
  })

  it('orders infinities, refuses NaN and other sizes', () => {
    const state = kllOf([Infinity, 1, -Infinity])
    expect([0, 0.5, 1].map(q => kllQuantile(state, q))).toEqual([-Infinity, 1, Infinity])
    expect(() => kllOf([1, Number.NaN])).toThrow(/not a number/)
    expect(() => openKll(emptyKll(100), randomFrom('')).merge(emptyKll(200))).toThrow(/do not merge/)
    expect(kllQuantile(emptyKll(), 0.5)).toBeNaN()
  })
})

function ranks(rows: number): number[] {
  return Array.from({ length: rows }, (_, index) => index + 1)
}
