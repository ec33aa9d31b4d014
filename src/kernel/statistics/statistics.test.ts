import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aucInterval } from './auc-interval.ts'
import { calibrationEqualCount } from './calibration-error.ts'
import { rankScores } from './labelled-scores.ts'
import { normalQuantile } from './normal.ts'
import { isDefined } from './quantity.ts'
import { prAuc, rocAuc } from './ranking.ts'
import { sumOver } from './sum.ts'

const rows = fc.array(
  fc.record({ label: fc.nat(1), score: fc.integer({ min: 0, max: 20 }).map(value => value / 20) }),
  { minLength: 1, maxLength: 60 },
)

function ranked(sample: readonly { label: number; score: number }[]): ReturnType<typeof rankScores> {
  return rankScores({ labels: sample.map(row => row.label), scores: sample.map(row => row.score) })
}

function placements(sample: readonly { label: number; score: number }[], label: number): number[] {
  const own = sample.filter(row => row.label === label)
  const rest = sample.filter(row => row.label !== label)
  const beats = (a: number, b: number) => (a === b ? 0.5 : Number(label === 1 ? a > b : a < b))
  return own.map(row => rest.reduce((sum, other) => sum + beats(row.score, other.score), 0) / rest.length)
}

test('AUC is the share of pairs in order, ties half', () => {
  const property = fc.property(rows, sample => {
    const positives = placements(sample, 1)
    const auc = rocAuc(ranked(sample))
    if (positives.length === 0 || positives.length === sample.length) expect(isDefined(auc)).toBe(false)
    else expect(auc).toBeCloseTo(positives.reduce((sum, value) => sum + value, 0) / positives.length, 12)
  })
  fc.assert(property)
})

test('average precision steps down the distinct scores', () => {
  const property = fc.property(rows, sample => {
    const positives = sample.filter(row => row.label === 1).length
    fc.pre(positives > 0)
    let before = 0
    let area = 0
    for (const score of [...new Set(sample.map(row => row.score))].sort((a, b) => b - a)) {
      const taken = sample.filter(row => row.score >= score)
      const found = taken.filter(row => row.label === 1).length
      area += (found / positives - before) * (found / taken.length)
      before = found / positives
    }
    expect(prAuc(ranked(sample))).toBeCloseTo(area, 12)
  })
  fc.assert(property)
})

test('the AUC interval is DeLong by its definition', () => {
  const variance = (values: readonly number[]): number => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  }
  const property = fc.property(rows, sample => {
    const [positives, negatives] = [placements(sample, 1), placements(sample, 0)]
    fc.pre(positives.length > 1 && negatives.length > 1)
    const sd = Math.sqrt(variance(positives) / positives.length + variance(negatives) / negatives.length)
    const auc = positives.reduce((sum, value) => sum + value, 0) / positives.length
    const interval = aucInterval(ranked(sample), 0.025)
    expect(interval).toMatchObject({
      lower: expect.closeTo(Math.max(0, auc - 1.959963984540054 * sd), 7),
      upper: expect.closeTo(Math.min(1, auc + 1.959963984540054 * sd), 7),
    })
  })
  fc.assert(property)
})

test('calibration bins keep equal scores together and lose no row', () => {
  const property = fc.property(rows, fc.integer({ min: 1, max: 15 }), (sample, bins) => {
    const result = calibrationEqualCount(ranked(sample), bins)
    if (sample.length < bins) expect(result.ece).toEqual({ undefined: 'too-few' })
    else {
      expect(result.bins.reduce((sum, bin) => sum + bin.n, 0)).toBe(sample.length)
      expect(result.bins.reduce((sum, bin) => sum + bin.positives, 0)).toBe(
        sample.filter(row => row.label === 1).length,
      )
    }
  })
  fc.assert(property)
})

test('normal quantiles in the middle and far in the tails', () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14)
  expect(normalQuantile(1e-300)).toBeCloseTo(-37.0471, 3)
  expect(normalQuantile(0.5)).toBe(0)
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity])
  expect(normalQuantile(2)).toBeNaN()
})

test('compensated sums do not lose small values', () => {
  expect(sumOver(10_001, index => (index === 0 ? 1e16 : 1))).toBe(1e16 + 10_000)
})
