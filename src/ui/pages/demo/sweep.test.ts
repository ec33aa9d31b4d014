import { describe, expect, test } from 'vitest'
import { flipsOf, type SweptPoint, sweepValues, withinFlip } from './sweep.ts'

const acted =
  (threshold: number) =>
  (value: number): SweptPoint => ({
    value,
    score: value / 100,
    action: value > threshold ? 'warn' : null,
  })

describe('what a value is tried at', () => {
  test('spans its range and what was asked, in order, each once', () => {
    const values = sweepValues({ type: 'int64', range: { from: 0, to: 10 } }, 40)
    expect(values.at(0)).toBe(0)
    expect(values.at(-1)).toBe(40)
    expect(values).toEqual([...new Set(values)].sort((a, b) => a - b))
    expect(values.every(Number.isInteger)).toBe(true)
  })
  test('is around what was asked where no range is known', () => {
    expect(sweepValues({ type: 'float64', range: null }, 0)).toContain(0)
    expect(sweepValues({ type: 'float64', range: null }, 0).length).toBeGreaterThan(30)
  })
})

describe('a flip', () => {
  test('is found, and found closer until two neighbours are left', () => {
    const points = sweepValues({ type: 'int64', range: { from: 0, to: 3_000 } }, 733).map(acted(812))
    const [flip] = flipsOf(points, 733)
    if (!flip) throw new Error('there is a flip')
    const closer = [flip.below, ...withinFlip(flip, 'int64').map(acted(812)), flip.above]
    const [close] = flipsOf(closer, 733)
    if (!close) throw new Error('there is a flip')
    const last = flipsOf([close.below, ...withinFlip(close, 'int64').map(acted(812)), close.above], 733)[0]
    expect([last?.below.value, last?.above.value]).toEqual([812, 813])
    expect(withinFlip({ below: acted(0)(812), above: acted(0)(813) }, 'int64')).toEqual([])
  })
  test('is nowhere where the action stays', () => {
    expect(flipsOf([1, 2, 3].map(acted(7)), 2)).toEqual([])
  })
  test('nearest to what was asked comes first', () => {
    const points = [0, 1, 2, 3].map(value => ({ value, score: 0, action: value % 2 ? 'warn' : null }))
    expect(flipsOf(points, 3)[0]?.above.value).toBe(3)
  })
})
