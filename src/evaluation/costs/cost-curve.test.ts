import fc from 'fast-check'
import { expect, test } from 'vitest'
import { confusionAt } from '../../kernel/statistics/index.ts'
import { costCurve } from './cost-curve.ts'

const rows = fc.array(fc.record({ label: fc.nat(1), score: fc.integer({ min: -5, max: 5 }) }), {
  minLength: 1,
  maxLength: 60,
})

test('each point costs what its threshold costs, and none costs less than the least', () => {
  const costs = { falsePositive: 1, falseNegative: 3 }
  const property = fc.property(rows, all => {
    const [labels, scores] = [all.map(row => row.label), all.map(row => row.score)]
    const costAt = (threshold: number) => {
      const { fp, fn } = confusionAt(labels, scores, threshold)
      return (fp + 3 * fn) / all.length
    }
    const curve = costCurve({ labels, scores }, costs)
    for (const point of curve.points) expect(point.cost).toBeCloseTo(costAt(point.threshold), 12)
    const least = Math.min(...[-6, ...scores].map(costAt))
    expect(curve.least?.cost).toBeCloseTo(least, 12)
    expect(curve.points[0]?.actionRate).toBe(1)
    expect(curve.points.at(-1)?.actionRate).toBe(0)
  })
  fc.assert(property, { numRuns: 100 })
})

test('nothing costs nothing', () => {
  expect(costCurve({ labels: [], scores: [] }, { falsePositive: 1, falseNegative: 1 })).toMatchObject({
    ...{ points: [], least: null },
  })
})
