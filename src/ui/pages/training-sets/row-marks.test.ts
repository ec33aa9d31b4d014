import { describe, expect, it } from 'vitest'
import type { Explained } from './row-marks.ts'
import { marksOf, rangeOf } from './row-marks.ts'

const at = (hour: number) => `2001-05-01T${String(hour).padStart(2, '0')}:00:00.000000Z`
const row = (event: number, known: number, flight: number) => ({
  eventTime: at(event),
  knownTime: at(known),
  sequence: null,
  columns: { flight },
})
const lookup: Explained = {
  kind: 'lookup',
  name: 'weather',
  view: 'weather',
  keys: { airport: 'JFK' },
  winner: row(9, 10, 1),
  refused: null,
  lookbackFrom: at(1),
  features: [{ name: 'wind', value: 4, status: 'P' }],
  losers: [
    { ...row(11, 13, 2), reason: 'known only later' },
    { ...row(8, 8, 3), reason: 'older event' },
  ],
}
const window: Explained = {
  kind: 'window',
  name: 'late_24h',
  view: 'origin_delays',
  keys: { origin: 'JFK' },
  operator: 'count',
  column: null,
  from: at(0),
  to: at(12),
  counted: 2,
  nulls: 0,
  first: [row(3, 4, 1), row(5, 6, 2)],
  last: [row(5, 6, 2), row(3, 4, 1)],
  excluded: { 'known only later': 1, 'replaced by a newer version': 0, tombstone: 0, condition: 0 },
  knownLater: [row(11, 13, 3)],
}

describe('marks of an explained row', () => {
  it('tells the used row among those that lost, oldest first, each with its reason', () => {
    expect(marksOf(lookup).map(mark => [mark.row.columns['flight'], mark.used])).toEqual([
      [3, false],
      [1, true],
      [2, false],
    ])
    expect(marksOf(lookup)[2]?.reason).toContain('known only after')
  })
  it('says that a refused winner gives nothing', () => {
    const [, winner] = marksOf({ ...lookup, refused: 'tombstone' })
    expect(winner?.used).toBe(false)
    expect(winner?.reason).toContain('deleted')
  })
  it('names a row once that is among the first and the last that counted', () => {
    expect(marksOf(window).map(mark => mark.used)).toEqual([true, true, false])
  })
})

describe('range of a time line', () => {
  const time = Date.parse(at(12))
  it('covers every event and known time and the row itself', () => {
    const { from, to } = rangeOf(time, marksOf(lookup), null)
    expect(from).toBeLessThan(Date.parse(at(8)))
    expect(to).toBeGreaterThan(Date.parse(at(13)))
  })
  it('includes a near edge and leaves a far one outside', () => {
    expect(rangeOf(time, marksOf(window), Date.parse(at(0))).from).toBeLessThan(Date.parse(at(0)))
    const far = Date.parse('2001-03-01T00:00:00Z')
    expect(rangeOf(time, marksOf(window), far).from).toBeGreaterThan(far)
  })
  it('is never empty', () => {
    const { from, to } = rangeOf(time, [], null)
    expect(from).toBeLessThan(time)
    expect(to).toBeGreaterThan(time)
  })
})
