import { expect, test } from 'vitest'
import { randomFrom } from '../../kernel/statistics/index.ts'
import type { JudgedRows } from '../rows.ts'
import { calibrated, fitCalibration } from './fit-calibration.ts'
import { recalibrated } from './recalibrated.ts'

/** Scores that are too sure of themselves: log-odds twice as large as they should be. */
function overconfident(count: number): { rows: JudgedRows; scores: Float64Array } {
  const random = randomFrom('recalibrated.test')
  const chances = Float64Array.from({ length: count }, () => random.unit())
  return {
    rows: {
      ...{ task: 'binary', rows: count, hash: 'sha256:1', columns: {} },
      labels: chances.map(chance => (random.unit() < chance ? 1 : 0)),
    },
    scores: chances.map(chance => chance ** 2 / (chance ** 2 + (1 - chance) ** 2)),
  }
}

test('both fits mend scores that are too sure, measured where they were not fitted', () => {
  const { rows, scores } = overconfident(6000)
  const [none, platt, isotonic] = recalibrated(rows, { scores })
  expect([none?.kind, platt?.kind, isotonic?.kind]).toEqual(['none', 'platt', 'isotonic'])
  expect(none?.rows).toBeLessThan(3300)
  const upper = (found: typeof none) =>
    found && 'upper' in found.ece.interval ? found.ece.interval.upper : Number.NaN
  expect(none?.ece.value).toBeGreaterThan(upper(platt))
  expect(none?.ece.value).toBeGreaterThan(upper(isotonic))
})

test('Platt scaling finds the log-odds again', () => {
  const { rows, scores } = overconfident(20_000)
  const fit = fitCalibration('platt', { scores, labels: rows.labels })
  if ('undefined' in fit || fit.kind !== 'platt') throw new Error('both classes are there')
  expect(fit.a).toBeCloseTo(-0.5, 1)
  expect(fit.b).toBeCloseTo(0, 1)
  const [low = 0, high = 0] = calibrated(fit, Float64Array.from([0, 1]))
  expect(low).toBeGreaterThanOrEqual(0)
  expect(high).toBeLessThanOrEqual(1)
})

test('one class is no fit, and scores that are no probabilities are not calibrated', () => {
  const scores = Float64Array.from([0.1, 0.2])
  expect(fitCalibration('platt', { scores, labels: Float64Array.from([1, 1]) })).toEqual({
    undefined: 'no-negatives',
  })
  expect(fitCalibration('isotonic', { scores: new Float64Array(0), labels: new Float64Array(0) })).toEqual({
    undefined: 'no-rows',
  })
  const { rows } = overconfident(2)
  expect(recalibrated(rows, { scores: Float64Array.from([3, -1]) })).toEqual([])
})
