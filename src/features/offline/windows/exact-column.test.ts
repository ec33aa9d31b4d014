import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decompose, ratioToNumber } from '../../../kernel/exact-numbers.ts'
import {
  type ExactColumn,
  exactBigints,
  exactFloats,
  exactInt64,
  exactQuotient,
  wholeOf,
} from './exact-column.ts'
import { partitions } from './partitions.ts'
import { sortWithin } from './sort-within.ts'

function total({ parts }: ExactColumn): number | bigint {
  return wholeOf(parts.map(part => part.reduce((sum, value) => sum + value, 0)))
}

/** The exact sum of doubles, rounded once, by integers alone. */
function naiveSum(values: readonly number[]): number {
  const units = values.map(decompose)
  const lowest = Math.min(0, ...units.map(({ exponent }) => exponent))
  const sum = units.reduce((all, { mantissa, exponent }) => all + (mantissa << BigInt(exponent - lowest)), 0n)
  return ratioToNumber(sum, 1n << BigInt(-lowest))
}

describe('exact columns against integers', () => {
  it('sums doubles of any size, rounded once', () => {
    const near = fc.double({ min: -1e9, max: 1e9, noNaN: true })
    const any = fc.double({ noNaN: true, noDefaultInfinity: true })
    const cents = fc.integer({ min: -1e9, max: 1e9 }).map(value => value / 100)
    fc.assert(
      fc.property(fc.oneof(fc.array(near), fc.array(any, { maxLength: 20 }), fc.array(cents)), values => {
        const column = exactFloats(Float64Array.from(values))
        expect(exactQuotient(total(column), column.denominator)).toBe(naiveSum(values) + 0)
      }),
      { numRuns: 500, seed: 11 },
    )
  })

  it('sums 64-bit integers and decimals, nulls as 0, in the order asked for', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const decimal = fc.option(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), { nil: null })
    fc.assert(
      fc.property(fc.array(fc.tuple(int64, fc.boolean())), fc.array(decimal), (whole, decimals) => {
        const order = Uint32Array.from(whole, (_, index) => whole.length - 1 - index)
        const valid = Uint8Array.from(whole, ([, has]) => Number(has))
        const column = exactInt64(
          BigInt64Array.from(whole, ([value]) => value),
          valid,
          order,
        )
        expect(BigInt(total(column))).toBe(whole.reduce((sum, [value, has]) => (has ? sum + value : sum), 0n))
        const scaled = exactBigints(decimals, 100n)
        expect(BigInt(total(scaled))).toBe(decimals.reduce<bigint>((sum, value) => sum + (value ?? 0n), 0n))
      }),
      { numRuns: 300, seed: 12 },
    )
  })
})

describe('ranges of keys', () => {
  it('are sorted by time in place, earlier rows first at one time', () => {
    const range = fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 80 })
    fc.assert(
      fc.property(fc.array(range), ranges => {
        const times = Float64Array.from(ranges.flat())
        const start = Uint32Array.from([
          0,
          ...ranges.map((_, index) => ranges.slice(0, index + 1).flat().length),
        ])
        const rows = Uint32Array.from(times, (_, index) => index)
        sortWithin(rows, start, times)
        const wanted = ranges.flatMap((_, index) =>
          Array.from(
            { length: (start[index + 1] ?? 0) - (start[index] ?? 0) },
            (_, at) => (start[index] ?? 0) + at,
          ).sort((left, right) => (times[left] ?? 0) - (times[right] ?? 0) || left - right),
        )
        expect([...rows]).toEqual(wanted)
      }),
      { numRuns: 200, seed: 13 },
    )
  })

  it('are cut so that each fits, or is one key', () => {
    const counts = fc.array(fc.tuple(fc.nat(20), fc.nat(5)), { minLength: 1 })
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 200 }), (keys, budget) => {
        const held = {
          events: Float64Array.from(keys, ([events]) => events),
          queries: Float64Array.from(keys, ([, queries]) => queries),
        }
        const found = partitions(held, { event: 3, query: 2 }, budget)
        expect(found.map(({ from }) => from)).toEqual([0, ...found.slice(0, -1).map(({ to }) => to)])
        expect(found.at(-1)?.to).toBe(keys.length)
        for (const { from, to, events, queries } of found) {
          expect(to - from === 1 || events * 3 + queries * 2 <= budget).toBe(true)
          expect(events).toBe(keys.slice(from, to).reduce((sum, [each]) => sum + each, 0))
        }
      }),
      { numRuns: 200, seed: 14 },
    )
  })
})
