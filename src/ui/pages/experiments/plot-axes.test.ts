import { describe, expect, it } from 'vitest'
import { formatBrushes, isKept, likelyAxes, parseBrushes, plotAxis, variesIn } from './plot-axes.ts'

describe('axes of plots', () => {
  it('are lines of numbers when every value is one, params too', () => {
    const axis = plotAxis('depth', ['4', '8', null, '12'], String)
    expect([axis.numeric, axis.place('4'), axis.place('8'), axis.place(null)]).toEqual([
      true,
      0,
      0.5,
      undefined,
    ])
    expect(plotAxis('one', [3, 3], String).place(3)).toBe(0.5)
  })
  it('leave NaN without a place', () => {
    const axis = plotAxis('auc', [0.1, 'NaN', 0.2], String)
    expect([axis.numeric, axis.place('NaN')]).toEqual([true, undefined])
  })
  it('are words otherwise', () => {
    const axis = plotAxis('booster', ['gbdt', 'dart', null], String)
    expect([axis.numeric, axis.place('dart'), axis.place('gbdt'), axis.place(null)]).toEqual([
      false,
      0.25,
      0.75,
      undefined,
    ])
    expect(axis.ticks.map(tick => tick.text)).toEqual(['dart', 'gbdt'])
  })
})

describe('ranges kept on axes', () => {
  it('are in the address, there and back', () => {
    const brushes = parseBrushes('metrics.auc:0.250..0.900,params.`a b`:0.000..0.500')
    expect(formatBrushes(brushes)).toBe('metrics.auc:0.250..0.900,params.`a b`:0.000..0.500')
    expect(parseBrushes('nonsense').size).toBe(0)
  })
  it('keep a row that lies in all of them', () => {
    const brushes = parseBrushes('a:0.2..0.5,b:0..1')
    expect(
      isKept(
        new Map([
          ['a', 0.3],
          ['b', 1],
        ]),
        brushes,
      ),
    ).toBe(true)
    expect(
      isKept(
        new Map([
          ['a', 0.6],
          ['b', 1],
        ]),
        brushes,
      ),
    ).toBe(false)
    expect(
      isKept(
        new Map([
          ['a', 0.3],
          ['b', undefined],
        ]),
        brushes,
      ),
    ).toBe(false)
  })
})

describe('axes that tell something', () => {
  const run = (values: Readonly<Record<string, string | number | null>>) => ({
    values: new Map(Object.entries(values)),
  })
  const runs = [
    run({ gpu: 1, same: 5, auc: 0.7, depth: '4' }),
    run({ same: 5, auc: 0.8, depth: '8' }),
    run({ same: 5, auc: 'NaN', depth: '8', f1: 0.1 }),
    run({ same: 5, f1: 0.2 }),
  ]
  it('have more than one value, NaN and none aside', () => {
    expect(['gpu', 'same', 'auc', 'depth', 'f1', 'nothing'].map(key => variesIn(runs, key))).toEqual([
      ...[false, false, true, true, true, false],
    ])
    expect(variesIn([run({ a: '4' }), run({ a: '4.0' })], 'a')).toBe(false)
  })
  it('are the two that most runs have', () => {
    const axes = ['gpu', 'f1', 'auc', 'depth'].map(key => ({ key }))
    expect(likelyAxes(runs, axes)).toEqual([{ key: 'depth' }, { key: 'auc' }])
    expect(likelyAxes([], axes)).toEqual([{ key: 'f1' }, { key: 'gpu' }])
    expect(likelyAxes([], [])).toEqual([undefined, undefined])
  })
})
