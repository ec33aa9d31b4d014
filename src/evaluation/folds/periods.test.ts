import { expect, test } from 'vitest'
import { periodStart, periodsOf, trendOf } from './periods.ts'

const micros = (text: string) => Date.parse(text) * 1000

test('weeks begin on Monday and months on the first, UTC, before 1970 too', () => {
  const start = (text: string, by: 'week' | 'month') =>
    new Date(periodStart(micros(text), by) / 1000).toISOString()
  expect(start('2001-04-04T10:00:00Z', 'week')).toBe('2001-04-02T00:00:00.000Z')
  expect(start('2001-04-02T00:00:00Z', 'week')).toBe('2001-04-02T00:00:00.000Z')
  expect(start('2001-04-01T23:59:59Z', 'week')).toBe('2001-03-26T00:00:00.000Z')
  expect(start('1969-12-31T00:00:00Z', 'week')).toBe('1969-12-29T00:00:00.000Z')
  expect(start('1969-12-31T00:00:00Z', 'month')).toBe('1969-12-01T00:00:00.000Z')
})

test('rows are gathered by period in order of time; those without a time are in none', () => {
  const times = Float64Array.from(['2001-02-05', '2001-01-10', '', '2001-04-01', '2001-01-02'], text =>
    text === '' ? Number.NaN : micros(text),
  )
  expect(periodsOf(times, 'month').map(({ from, rows }) => [from, [...rows]])).toEqual([
    [micros('2001-01-01'), [1, 4]],
    [micros('2001-02-01'), [0]],
    [micros('2001-04-01'), [3]],
  ])
})

test('a trend is the weighted slope; noise without one holds 0', () => {
  const line = [0, 1, 2, 3].map(at => ({ at, value: 2 + 0.5 * at, variance: 0.01 }))
  const trend = trendOf(line)
  expect(trend).toMatchObject({ slope: expect.closeTo(0.5, 9) })
  expect(trendOf(line.slice(0, 2))).toEqual({ undefined: 'too-few' })
  const outlier = [...line, { at: 4, value: -100, variance: 1e12 }]
  expect(trendOf(outlier)).toMatchObject({ slope: expect.closeTo(0.5, 3) })
})
