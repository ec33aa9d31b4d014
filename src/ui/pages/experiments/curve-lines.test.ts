import { describe, expect, it } from 'vitest'
import { aboveZero, alignCurves, askedRange, type CurveLine, parseRange, smoothed } from './curve-lines.ts'

const at = (second: number) => new Date(Date.UTC(2024, 0, 1, 0, 0, second)).toISOString()
const line = (name: string, startedAt: string | null, ...points: [number, number | 'NaN'][]): CurveLine => ({
  name,
  startedAt,
  curve: {
    run: name,
    key: 'loss',
    sampled: false,
    of: points.length,
    points: points.map(([step, value]) => ({ step, value, at: at(step * 10) })),
  },
})

describe('curves in one chart', () => {
  it('stand over the union of their steps: a NaN breaks the line, an absent step does not', () => {
    const aligned = alignCurves(
      [line('a', null, [1, 5], [2, 'NaN'], [3, 4]), line('b', null, [2, 6])],
      'step',
    )
    expect(aligned.x).toEqual([1, 2, 3])
    expect(aligned.lines.map(each => each.y)).toEqual([
      [5, null, 4],
      [undefined, 6, undefined],
    ])
    expect(aligned.faults).toEqual([{ line: 0, x: 2, value: 'NaN' }])
  })
  it('start together over relative time', () => {
    const lines = [line('a', at(10), [1, 5], [2, 6]), line('b', at(20), [2, 7])]
    expect(alignCurves(lines, 'relative').x).toEqual([0, 10])
  })
  it('ask the server for the range in sight', () => {
    expect(askedRange([1.2, 5.1], 'step', null)).toEqual({ from: 1, to: 6 })
    expect(askedRange([1, 2], 'relative', at(0))).toEqual({
      from: Date.UTC(2024, 0, 1, 0, 0, 1),
      to: Date.UTC(2024, 0, 1, 0, 0, 2),
    })
    expect(askedRange(parseRange('nonsense'), 'step', null)).toEqual({})
    expect(parseRange('3..1')).toBeUndefined()
  })
})

describe('smoothing', () => {
  it('keeps a constant, starts without bias, and keeps gaps', () => {
    expect(
      smoothed([3, 3, null, undefined, 3], 0.9).map(value => value && Math.round(value * 1e9) / 1e9),
    ).toEqual([3, 3, null, undefined, 3])
    expect(smoothed([1, 2], 0)).toEqual([1, 2])
    expect(smoothed([1, 2], 0.5)[1]).toBeCloseTo((0.25 * 1 + 0.5 * 2) / 0.75, 12)
  })
})

describe('a logarithmic scale', () => {
  it('leaves out what is not above zero and counts it', () => {
    expect(aboveZero([1, 0, -2, null, undefined])).toEqual({ y: [1, null, null, null, undefined], left: 2 })
  })
})
