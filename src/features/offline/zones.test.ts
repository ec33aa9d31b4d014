import { describe, expect, it } from 'vitest'
import { parseTimestamp } from '../../kernel/time.ts'
import { zoneRules } from './zones.ts'

function instant(zone: string, local: string): string {
  const naive = parseTimestamp(`${local}Z`) ?? 0n
  const rule = zoneRules(zone, naive - 400n * 86_400_000_000n, naive + 86_400_000_000n).filter(
    each => each.from <= naive && naive < each.to,
  )
  expect(rule).toHaveLength(1)
  return new Date(Number((naive - (rule[0]?.offset ?? 0n)) / 1000n)).toISOString()
}

describe('naive times with a zone', () => {
  it.each([
    ['America/New_York', '2024-11-03T01:30:00', '2024-11-03T05:30:00.000Z', 'repeated: the earlier'],
    ['America/New_York', '2024-11-03T02:00:00', '2024-11-03T07:00:00.000Z', 'after the repetition'],
    ['America/New_York', '2024-11-03T00:59:59', '2024-11-03T04:59:59.000Z', 'before it'],
    ['America/New_York', '2024-03-10T02:30:00', '2024-03-10T07:30:00.000Z', 'skipped: forward by the gap'],
    ['America/New_York', '2024-03-10T03:00:00', '2024-03-10T07:00:00.000Z', 'after the gap'],
    ['Australia/Lord_Howe', '2024-04-07T01:45:00', '2024-04-06T14:45:00.000Z', 'half an hour, repeated'],
    ['Pacific/Chatham', '2024-06-01T00:00:00', '2024-05-31T11:15:00.000Z', 'quarter of an hour'],
    ['UTC', '2024-06-01T00:00:00', '2024-06-01T00:00:00.000Z', 'nothing to do'],
  ])('%s %s is %s (%s)', (zone, local, expected) => {
    expect(instant(zone, local)).toBe(expected)
  })
  it('refuses a zone that is none', () => {
    expect(() => zoneRules('Mars/Olympus', 0n, 1n)).toThrow(/not a time zone/)
  })
})
