import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromSortable, toSortable } from './columns.ts'

const number = fc.double({ noNaN: true })

describe('sortable doubles', () => {
  it('come back bit for bit', () => {
    const edges = [0, -0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 1 / 0, -1 / 0, 1e-17]
    for (const value of edges) expect(fromSortable(toSortable(value))).toBe(value)
    fc.assert(
      fc.property(number, value => {
        expect(fromSortable(toSortable(value))).toBe(value)
      }),
    )
  })

  it('fit 64 bits and are ordered as the numbers', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(BigInt.asIntN(64, toSortable(a))).toBe(toSortable(a))
        if (a !== b) expect(toSortable(a) < toSortable(b)).toBe(a < b)
      }),
    )
  })
})
