import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nearest, nearestFirst } from './nearest.ts'

/** Naive: the shortest of all ways, by recursion on the last characters. */
function naiveDistance(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const [shortA, shortB] = [a.slice(0, -1), b.slice(0, -1)]
  const swapped = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)
  return Math.min(
    naiveDistance(shortA, shortB) + (a.at(-1) === b.at(-1) ? 0 : 1),
    naiveDistance(shortA, b) + 1,
    naiveDistance(a, shortB) + 1,
    swapped ? naiveDistance(a.slice(0, -2), b.slice(0, -2)) + 1 : Infinity,
  )
}

describe('nearest names', () => {
  it('finds what was meant, or nothing', () => {
    expect(nearest('aply', ['plan', 'apply'])).toBe('apply')
    expect(nearest('rnu', ['run', 'runs'])).toBe('run')
    expect(nearest('xyzzy', ['plan', 'apply'])).toBeUndefined()
    expect(nearest('a', [])).toBeUndefined()
  })

  it('lists the nearest first, equals by their text', () => {
    expect(nearestFirst('delay', ['carrier', 'delays', 'delay_min', 'relay'])).toEqual([
      'delays',
      'relay',
      'delay_min',
      'carrier',
    ])
  })

  it('counts edits as the naive recursion does', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(naiveDistance(a, b))
      }),
      { numRuns: 200 },
    )
  })
})
