import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellBytes } from './cells.ts'
import type { Value } from './model.ts'
import { cellReader } from './read-cells.ts'

const values: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  bool: fc.boolean(),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  timestamp: fc.bigInt({ min: -(2n ** 55n), max: 2n ** 55n }),
  date: fc.integer({ min: -719_162, max: 2_932_896 }),
  float64: fc.double(),
  float32: fc.float(),
  string: fc.string({ unit: 'grapheme' }),
  bytes: fc.uint8Array(),
  'decimal(38,3)': fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
  'list<int64>': fc.array(fc.option(fc.bigInt({ min: -99n, max: 99n }))),
  'map<string,float64>': fc.dictionary(fc.string(), fc.double()).map(each => new Map(Object.entries(each))),
}

describe('cells are read as they were written', () => {
  for (const [type, arbitrary] of Object.entries(values)) {
    it(type, () => {
      const read = cellReader(type)
      fc.assert(
        fc.property(fc.option(arbitrary), value => {
          const bytes = cellBytes(type, value)
          const cursor = { bytes, at: 0 }
          const back = read(cursor)
          expect(cursor.at).toBe(bytes.length)
          expect(cellBytes(type, back)).toEqual(bytes)
          expect(back === null).toBe(value === null)
        }),
      )
    })
  }

  it('a cell that reaches behind the end is refused', () => {
    const bytes = cellBytes('string', 'abc').subarray(0, 6)
    expect(() => cellReader('string')({ bytes, at: 0 })).toThrow(RangeError)
  })
})
