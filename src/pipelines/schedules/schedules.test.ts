import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { settableClock } from '../../kernel/clock.ts'
import { formatTimestamp, type Micros, parseTimestamp } from '../../kernel/time.ts'
import { parseSchedule } from './recurrence.ts'
import { createTicker, type Occurrence, type Schedule } from './ticker.ts'

const at = (text: string): Micros => parseTimestamp(text) ?? 0n
const nextAfter = (text: string, from: string): string =>
  formatTimestamp(parseSchedule(text, 'x').next(at(from)))

describe('parseSchedule', () => {
  it('reads cron fields in UTC', () => {
    expect(nextAfter('30 2 * * *', '2027-03-28T00:00:00Z')).toBe('2027-03-28T02:30:00.000000Z')
    expect(nextAfter('30 2 * * *', '2027-03-28T02:30:00Z')).toBe('2027-03-29T02:30:00.000000Z')
    expect(nextAfter('0 0 29 2 *', '2025-01-01T00:00:00Z')).toBe('2028-02-29T00:00:00.000000Z')
  })

  it('lets either day field match when both are given', () => {
    expect(nextAfter('0 0 13 * 5', '2026-11-21T00:00:00Z')).toBe('2026-11-27T00:00:00.000000Z')
  })

  it('counts durations from 1970, also before it', () => {
    expect(nextAfter('15m', '2026-11-21T10:07:00Z')).toBe('2026-11-21T10:15:00.000000Z')
    expect(nextAfter('15m', '1969-12-31T23:50:00Z')).toBe('1970-01-01T00:00:00.000000Z')
    expect(nextAfter('15m', '2026-11-21T10:15:00Z')).toBe('2026-11-21T10:30:00.000000Z')
  })

  it('places words by the name, once a period', () => {
    const periods = { hourly: 3_600n, daily: 86_400n, weekly: 604_800n }
    for (const [word, seconds] of Object.entries(periods)) {
      const recurrence = parseSchedule(word, 'late')
      const first = recurrence.next(at('2026-11-21T00:00:00Z'))
      expect(recurrence.next(first) - first).toBe(seconds * 1_000_000n)
    }
    const starts = ['a', 'b', 'c', 'd', 'e'].map(name => parseSchedule('daily', name).next(0n))
    expect(new Set(starts).size).toBeGreaterThan(1)
  })

  it.each(['', 'sometimes', '1 2 3', '0 0 30 2 *', '61 * * * *', '10s', '* * * * * *'])(
    'refuses %j',
    text => {
      expect(() => parseSchedule(text, 'x')).toThrow(expect.objectContaining({ code: 'BAD_SCHEDULE' }))
    },
  )
})

function running(texts: readonly string[], from: string) {
  const clock = settableClock(at(from))
  const started: Occurrence[] = []
  const faults: unknown[] = []
  const schedules: Schedule[] = texts.map((text, index) => ({ name: `s${index}`, pipeline: 'p', text }))
  const ticker = createTicker({
    clock,
    schedules: async () => schedules,
    start: async occurrence => {
      started.push(occurrence)
    },
    onFault: error => faults.push(error),
  })
  return { clock, started, faults, ticker }
}

describe('createTicker', () => {
  it('starts nothing that was before it, then each occurrence once', async () => {
    const { clock, started, ticker } = running(['15m'], '2026-11-21T10:00:30Z')
    await ticker.tick()
    clock.set(at('2026-11-21T10:15:00Z'))
    await ticker.tick()
    await ticker.tick()
    expect(started.map(each => each.key)).toEqual(['schedule/s0/2026-11-21T10:15:00.000000Z'])
  })

  it('leaves out what was missed while it stood still', async () => {
    const { clock, started, ticker } = running(['15m'], '2026-11-21T10:00:00Z')
    await ticker.tick()
    clock.set(at('2026-11-21T13:07:00Z'))
    expect(await ticker.tick()).toBe(0)
    clock.set(at('2026-11-21T13:15:00Z'))
    expect(await ticker.tick()).toBe(1)
    expect(started).toHaveLength(1)
  })

  it('goes on with the others when one cannot be read', async () => {
    const { clock, started, faults, ticker } = running(['never', '15m'], '2026-11-21T10:00:00Z')
    await ticker.tick()
    clock.set(at('2026-11-21T10:15:01Z'))
    await ticker.tick()
    expect(started).toHaveLength(1)
    expect(faults.length).toBeGreaterThan(0)
  })

  it('starts exactly what a walk over the minutes finds, when it looks every minute', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 60, max: 600 }),
        async (step, length) => {
          const from = at('2026-11-21T00:00:00Z')
          const { clock, started, ticker } = running([`${step}m`], '2026-11-21T00:00:00Z')
          await ticker.tick()
          const walked: Micros[] = []
          for (let minute = 1; minute <= length; minute++) {
            const now = from + BigInt(minute) * 60_000_000n
            clock.set(now)
            await ticker.tick()
            if ((now / 60_000_000n) % BigInt(step) === 0n) walked.push(now)
          }
          expect(started.map(each => each.nominal)).toEqual(walked)
        },
      ),
      { numRuns: 30 },
    )
  })
})
