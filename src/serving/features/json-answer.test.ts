import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cellsOf, type FeatureAnswer } from '../../features/index.ts'
import { encodeNative, type Value, type ValueType } from '../../kernel/values/index.ts'
import { encodeAnswer } from './json-answer.ts'

const values: readonly [ValueType, fc.Arbitrary<Value>][] = [
  ['int64', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ['int64', fc.bigInt({ min: -99n, max: 99n })],
  ['float64', fc.double()],
  ['float64', fc.double({ noNaN: true, noDefaultInfinity: true })],
  ['float32', fc.float()],
  ['string', fc.string({ unit: 'grapheme' })],
  ['bool', fc.boolean()],
  ['timestamp', fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n })],
  ['date', fc.integer({ min: -719_162, max: 2_932_896 })],
  ['bytes', fc.uint8Array()],
]

it('every value is the native token of its type', () => {
  const column = fc
    .constantFrom(...values)
    .chain(([type, value]) =>
      fc.record({ type: fc.constant(type), values: fc.array(fc.option(value), { maxLength: 8 }) }),
    )
  fc.assert(
    fc.property(column, ({ type, values: list }) => {
      const statuses = list.map(value => (value === null ? ('NULL_VALUE' as const) : ('PRESENT' as const)))
      const answer: FeatureAnswer = {
        shape: {},
        asOf: 0n,
        rows: list.length,
        keys: [],
        columns: [{ name: 'x', type, lookup: null, view: null, cells: cellsOf(type, list, statuses) }],
        views: [],
        errors: [],
      }
      const tokens = list.map(value => encodeNative(type, value)).join(',')
      expect(Buffer.from(encodeAnswer(answer, true)).toString()).toContain(`"values":[${tokens}],"status"`)
    }),
    { numRuns: 500 },
  )
})
