import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatTimestamp } from '../../kernel/time.ts'
import { formatFeastTime } from '../feast/tokens.ts'
import { writeDouble, writeInteger } from './text-bytes.ts'
import { timeWriter } from './time-bytes.ts'

const bytes = Buffer.alloc(64)
const written = (write: (at: number) => number): string => bytes.toString('latin1', 1, write(1))

it('a number has the digits JavaScript gives it', () => {
  const decimals = fc
    .tuple(fc.integer(), fc.integer({ min: 0, max: 6 }))
    .map(([digits, places]) => digits / 10 ** places)
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(fc.oneof(decimals, doubles), value => {
      const text = Object.is(value, -0) ? '-0.0' : String(value)
      expect(written(at => writeDouble(bytes, at, value))).toBe(text)
    }),
    { numRuns: 5000 },
  )
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -10_000, max: 10_000 })), value => {
      expect(written(at => writeInteger(bytes, at, value))).toBe(String(value))
    }),
    { numRuns: 2000 },
  )
})

it('a time has the text of its formatter', () => {
  const micros = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -100_000, max: 100_000 }).map(days => days * 86_400_000_000 - 1),
    fc.integer().map(millis => millis * 1000),
    fc.integer().map(seconds => seconds * 1_000_000),
  )
  const [long, short] = [timeWriter(false), timeWriter(true)]
  fc.assert(
    fc.property(micros, value => {
      expect(written(at => long(bytes, at, value))).toBe(formatTimestamp(BigInt(value)))
      expect(written(at => short(bytes, at, value))).toBe(formatFeastTime(BigInt(value)))
    }),
    { numRuns: 2000 },
  )
})
