import { describe, expect, it } from 'vitest'
import { isName, newId, uuidv7 } from './ids.ts'

const version7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('ids', () => {
  it('are UUIDs of version 7 that carry the time they were made', () => {
    const now = Date.now() + 60_000
    const id = uuidv7(now)
    expect(id).toMatch(version7)
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(now)
  })

  it('sort in the order they were made, within a millisecond too, and are never given twice', () => {
    const now = Date.now() + 120_000
    const made = Array.from({ length: 10_000 }, () => uuidv7(now))
    expect(made.every(id => version7.test(id))).toBe(true)
    expect(made.toSorted()).toEqual(made)
    expect(new Set(made.map(id => id.slice(19))).size).toBe(made.length)
  })

  it('keep their order when the clock goes back', () => {
    const now = Date.now() + 180_000
    const first = uuidv7(now)
    expect(uuidv7(now - 5000) > first).toBe(true)
    expect(uuidv7(now + 1) > first).toBe(true)
  })

  it('say what they name', () => {
    expect(newId('prn')).toMatch(/^prn_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
  })

  it('know names', () => {
    expect(['a', 'late_flights', 'a-1', `a${'b'.repeat(62)}`].filter(isName)).toHaveLength(4)
    expect(['', '1a', 'A', 'ä', 'a b', '_a', 'a\n', `a${'b'.repeat(63)}`].filter(isName)).toEqual([])
  })
})
