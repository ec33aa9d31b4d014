import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chiSquareTest } from './chi-square.ts'
import { fisherExact } from './fisher-exact.ts'
import { kolmogorovSmirnov, ksTail } from './kolmogorov-smirnov.ts'
import { twoProportionZ } from './two-proportions.ts'

/** Every lattice path from (0, 0) to (n, m), counted by whether it ever reaches the distance. */
function tailByPaths(n: number, m: number, d: number): number {
  let [paths, outside] = [0, 0]
  const walk = (i: number, j: number, out: boolean): void => {
    const reached = out || Math.abs(i / n - j / m) >= d - 1e-12
    if (i === n && j === m) {
      paths++
      if (reached) outside++
      return
    }
    if (i < n) walk(i + 1, j, reached)
    if (j < m) walk(i, j + 1, reached)
  }
  walk(0, 0, false)
  return outside / paths
}

function largestGap(one: readonly number[], other: readonly number[]): number {
  const share = (of: readonly number[], value: number) => of.filter(each => each <= value).length / of.length
  return Math.max(...[...one, ...other].map(value => Math.abs(share(one, value) - share(other, value))))
}

describe('Kolmogorov-Smirnov', () => {
  const sample = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 7 })

  it('counts the paths, all of them', () => {
    fc.assert(
      fc.property(sample, sample, (one, other) => {
        const result = kolmogorovSmirnov(one, other)
        const d = largestGap(one, other)
        const p = tailByPaths(one.length, other.length, d)
        expect(result).toMatchObject({ d: expect.closeTo(d, 12), p_value: expect.closeTo(p, 12) })
      }),
    )
  })

  it('keeps small tails exact: the smallest is two paths of all', () => {
    const result = kolmogorovSmirnov(
      ascending(50),
      ascending(50).map(value => value + 100),
    )
    // 2 / C(100, 50)
    expect('p_value' in result && result.p_value * 0.5 * 1.008913445e29).toBeCloseTo(1, 6)
  })

  it('leaves missing rows out, treats −0 as 0 and infinities as values', () => {
    expect(kolmogorovSmirnov([1, Number.NaN], [1])).toEqual({ d: 0, p_value: 1 })
    expect(kolmogorovSmirnov([-0, 0], [0])).toMatchObject({ d: 0 })
    expect(kolmogorovSmirnov([-Infinity, 0], [0, Infinity])).toMatchObject({ d: 0.5 })
    expect(kolmogorovSmirnov([Number.NaN], [1])).toEqual({ undefined: 'no-rows' })
  })

  it('is near its approximation where it changes over', () => {
    const d = 0.0192
    const [exact, stephens] = [
      ksTail({ n: 10_000, m: 10_000 }, d, 'exact'),
      ksTail({ n: 10_000, m: 10_000 }, d, 'stephens'),
    ]
    expect(Math.abs(exact / stephens - 1)).toBeLessThan(0.03)
    expect(ksTail({ n: 10_001, m: 10 }, d, 'exact')).toBe(ksTail({ n: 10_001, m: 10 }, d, 'stephens'))
  })
})

function ascending(length: number): number[] {
  return Array.from({ length }, (_, index) => index)
}

/** By exact binomials over all tables of the same margins. */
function fisherByEnumeration(a: number, b: number, c: number, d: number): number {
  const choose = (n: number, k: number): bigint => {
    let result = 1n
    for (let i = 1; i <= k; i++) result = (result * BigInt(n - k + i)) / BigInt(i)
    return result
  }
  const weight = (x: number) => choose(a + b, x) * choose(c + d, a + c - x)
  const possible = Array.from({ length: a + c + 1 }, (_, x) => x).filter(
    x => x <= a + b && a + c - x <= c + d,
  )
  const sum = (of: readonly number[]) => of.reduce((total, x) => total + weight(x), 0n)
  const extreme = possible.filter(x => weight(x) <= weight(a))
  return Number((sum(extreme) * 10n ** 18n) / sum(possible)) / 1e18
}

describe('tests of counts', () => {
  const count = fc.integer({ min: 0, max: 25 })

  it('Fisher: the tables at most as likely, by enumeration', () => {
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        fc.pre(a + b + c + d > 0)
        expect(fisherExact({ a, b, c, d })).toBeCloseTo(fisherByEnumeration(a, b, c, d), 10)
      }),
    )
  })

  it('Fisher: large tables, tables without rows, and what is no count', () => {
    expect(fisherExact({ a: 1e9, b: 1e9, c: 1e9, d: 1e9 })).toBeCloseTo(1, 9)
    expect(fisherExact({ a: 0, b: 0, c: 0, d: 0 })).toEqual({ undefined: 'no-rows' })
    expect(fisherExact({ a: 5, b: 0, c: 7, d: 0 })).toBe(1)
    for (const wrong of [-1, 0.5, Number.NaN])
      expect(() => fisherExact({ a: wrong, b: 1, c: 1, d: 1 })).toThrow(
        expect.objectContaining({ code: 'INVALID_COUNTS' }),
      )
  })

  it('χ²: the square of the pooled z where there are two categories', () => {
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        fc.pre(a + b > 0 && c + d > 0 && a + c > 0 && b + d > 0)
        const square = chiSquareTest({ reference: [a, b], current: [c, d] })
        const z = twoProportionZ({ x: a, n: a + b }, { x: c, n: c + d })
        if ('undefined' in square || 'undefined' in z) throw new Error('both are defined here')
        expect(square.statistic).toBeCloseTo(z.z ** 2, 9)
        expect(square.p_value).toBeCloseTo(z.p_value, 9)
      }),
    )
  })

  it('χ²: by the definition Σ (O − E)²/E, whatever the order of the categories', () => {
    const pairs = fc.array(fc.tuple(count, count), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(pairs, table => {
        const [n, m] = [table.reduce((sum, [r]) => sum + r, 0), table.reduce((sum, [, c]) => sum + c, 0)]
        fc.pre(n > 0 && m > 0 && table.filter(([r, c]) => r + c > 0).length > 1)
        const statistic = table
          .flatMap(([r, c]) => [
            { o: r, e: ((r + c) * n) / (n + m) },
            { o: c, e: ((r + c) * m) / (n + m) },
          ])
          .reduce((sum, { o, e }) => sum + (e === 0 ? 0 : (o - e) ** 2 / e), 0)
        for (const rows of [table, [...table].reverse()])
          expect(
            chiSquareTest({ reference: rows.map(([r]) => r), current: rows.map(([, c]) => c) }),
          ).toMatchObject({ statistic: expect.closeTo(statistic, 9) })
      }),
    )
  })

  it('refuse what is no table, and say why there is no answer', () => {
    const codes = (reference: number[], current: number[]) => () => chiSquareTest({ reference, current })
    expect(codes([1, 2], [1])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }))
    expect(codes([1, -2], [1, 1])).toThrow(expect.objectContaining({ code: 'INVALID_COUNTS' }))
    expect(codes([1, Number.NaN], [1, 1])).toThrow(expect.objectContaining({ code: 'INVALID_COUNTS' }))
    expect(codes([], [1])()).toEqual({ undefined: 'no-rows' })
    expect(codes([0, 0], [1, 2])()).toEqual({ undefined: 'no-rows' })
    expect(codes([3, 0], [4, 0])()).toEqual({ undefined: 'one-category' })
    expect(() => twoProportionZ({ x: 2, n: 1 }, { x: 0, n: 1 })).toThrow(/2 of 1/)
    expect(twoProportionZ({ x: 0, n: 0 }, { x: 0, n: 1 })).toEqual({ undefined: 'no-rows' })
    expect(twoProportionZ({ x: 1, n: 1 }, { x: 9, n: 9 })).toEqual({ undefined: 'zero-variance' })
  })
})
