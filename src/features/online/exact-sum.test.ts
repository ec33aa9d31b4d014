import fc from 'fast-check'
import { expect, it } from 'vitest'
import { condense, exactMean, exactSum, roundRatio, scaled } from './exact-sum.ts'

/** Naive: exact rationals, then the nearest double found by trying the neighbours. */
function nearest(numerator: bigint, denominator: bigint): number {
  if (numerator === 0n) return 0
  if (numerator < 0n) return -nearest(-numerator, denominator)
  let low = 0n
  let high = 0x7ff0000000000000n
  const cell = new DataView(new ArrayBuffer(8))
  const at = (bits: bigint): number => {
    cell.setBigUint64(0, bits)
    return cell.getFloat64(0)
  }
  const value = (bits: bigint): bigint => (bits >= 0x7ff0000000000000n ? 1n << 2098n : scaled(at(bits)))
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (value(middle) * denominator <= numerator << 1074n) low = middle
    else high = middle
  }
  const target = numerator << 1074n
  const [below, above] = [target - value(low) * denominator, value(high) * denominator - target]
  if (below === above) return at(low % 2n === 0n ? low : high)
  return at(below < above ? low : high)
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })

it('rounds ratios once', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(1n << 90n), max: 1n << 90n }),
      fc.bigInt({ min: 1n, max: 1n << 80n }),
      (n, d) => {
        expect(roundRatio(n, d)).toBe(nearest(n, d))
      },
    ),
    { numRuns: 300 },
  )
  for (const [n, d] of [
    [1n, 1n << 1074n],
    [1n, 1n << 1075n],
    [3n, 1n << 1075n],
    [(1n << 53n) + 1n, 1n],
    [(1n << 1024n) - 1n, 1n],
    [5n, 1n << 1076n],
  ] as const) {
    expect(roundRatio(n, d)).toBe(nearest(n, d))
  }
})

it('sums and averages doubles of any size exactly, in any grouping', () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 12 }), fc.nat(12), (values, cut) => {
      const total = values.reduce((sum, value) => sum + scaled(value), 0n)
      const merged = [...condense(values.slice(cut)), ...condense(values.slice(0, cut))]
      expect(exactSum(merged)).toBe(nearest(total, 1n << 1074n))
      expect(exactMean(merged, values.length)).toBe(nearest(total, BigInt(values.length) << 1074n))
    }),
    { numRuns: 500 },
  )
})

it('follows IEEE 754 where a value is not finite, and never gives −0', () => {
  expect([
    exactSum(condense([1, Infinity])),
    exactSum(condense([Infinity, -Infinity])),
    exactMean(condense([1, Number.NaN]), 2),
  ]).toEqual([Infinity, Number.NaN, Number.NaN])
  expect(Object.is(exactSum(condense([-0, -0])), 0)).toBe(true)
  expect(exactSum(condense([1e308, 1e308, -1e308, -1e308, 1]))).toBe(1)
})
