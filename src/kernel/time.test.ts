import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from './time.ts'

const firstInstant = -62_135_596_800_000_000n
const lastInstant = 253_402_300_799_999_999n
const instant = fc.bigInt({ min: firstInstant, max: lastInstant })

describe('timestamps', () => {
  it('are written in UTC with six fraction digits', () => {
    expect(formatTimestamp(0n)).toBe('1970-01-01T00:00:00.000000Z')
    expect(formatTimestamp(-1n)).toBe('1969-12-31T23:59:59.999999Z')
    expect(formatTimestamp(firstInstant)).toBe('0001-01-01T00:00:00.000000Z')
    expect(formatTimestamp(lastInstant)).toBe('9999-12-31T23:59:59.999999Z')
  })

  it('are read back exactly, in any zone', () => {
    fc.assert(
      fc.property(instant, micros => {
        expect(parseTimestamp(formatTimestamp(micros))).toBe(micros)
      }),
    )
    expect(parseTimestamp('1970-01-01T05:30:00.5+05:30')).toBe(500_000n)
    expect(parseTimestamp('1969-12-31T16:00:00-08:00')).toBe(0n)
    expect(parseTimestamp('2001-01-01T00:00:00.1234560000Z')).toBe(978_307_200_123_456n)
  })

  it('sort as text as they sort as instants', () => {
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        expect(formatTimestamp(a) < formatTimestamp(b)).toBe(a < b)
      }),
    )
  })

  it('are refused when they are no instant, or finer than a microsecond', () => {
    const wrong = [
      '2001-02-29T00:00:00Z',
      '2001-13-01T00:00:00Z',
      '2001-01-01T24:00:00Z',
      '2001-01-01T00:00:60Z',
      '2001-01-01T00:00:00',
      '2001-01-01 00:00:00Z',
      '2001-01-01T00:00:00.1234567Z',
      '2001-01-01T00:00:00+24:00',
      '0000-01-01T00:00:00Z',
      '2001-01-01',
      '',
    ]
    expect(wrong.filter(text => parseTimestamp(text) !== undefined)).toEqual([])
  })
})

describe('durations', () => {
  it('are a whole number and a unit', () => {
    expect(parseDuration('500ms')).toBe(500_000n)
    expect(parseDuration('15m')).toBe(900_000_000n)
    expect(parseDuration('7d')).toBe(604_800_000_000n)
    for (const wrong of ['', '0s', '-1s', '1.5h', '1w', '1 h', '01h', 'h', '1h30m'])
      expect(() => parseDuration(wrong)).toThrow(`"${wrong}" is not a duration`)
  })

  it('are written in the widest unit that is exact', () => {
    expect(formatDuration(3_600_000_000n)).toBe('1h')
    expect(formatDuration(90_000_000n)).toBe('90s')
    expect(formatDuration(1_001n)).toBe('1001us')
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n - 1n }), micros => {
        expect(parseDuration(formatDuration(micros))).toBe(micros)
      }),
    )
  })
})
