import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { argsort } from '../argsort.ts'
import { confusion, rates } from '../confusion.ts'
import { rankScores } from '../labelled-scores.ts'
import { logLoss } from '../probability-loss.ts'
import { randomFrom } from '../random.ts'
import { atK, gini, ksSeparation, prAuc, rocAuc } from '../ranking.ts'
import { chooseCalibration } from './calibration-choice.ts'
import { type Estimate, estimatePerformance } from './estimated-confusion.ts'
import { estimatorTrust, gradeWindow } from './estimator-trust.ts'

const row = fc.record({
  p: fc.integer({ min: 0, max: 1_000 }).map(value => value / 1_000),
  action: fc.integer({ min: 0, max: 1 }),
  score: fc.integer({ min: -2, max: 2 }),
})
const rows = fc.array(row, { minLength: 1, maxLength: 25 })
type Row = { readonly p: number; readonly action: number; readonly score: number }

function estimate(sample: readonly Row[]) {
  return estimatePerformance({
    calibrated: sample.map(({ p }) => p),
    actions: sample.map(({ action }) => action),
    scores: sample.map(({ score }) => score),
  })
}

/** ΣΣ pᵢ(1 − pⱼ)k(sᵢ, sⱼ) over all pairs. */
function naiveAuc(sample: readonly Row[]): number {
  const sum = (of: (each: Row) => number) => sample.reduce((total, each) => total + of(each), 0)
  const beats = (a: number, b: number) => (a === b ? 0.5 : Number(a > b))
  const wins = sum(one => sum(other => one.p * (1 - other.p) * beats(one.score, other.score)))
  return wins / (sum(({ p }) => p) * sum(({ p }) => 1 - p))
}

type Metric = 'accuracy' | 'precision' | 'recall' | 'fpr' | 'f1' | 'auc'
const metrics: readonly Metric[] = ['accuracy', 'precision', 'recall', 'fpr', 'f1', 'auc']

/** √Σ (∂M/∂pᵢ)² pᵢ(1 − pᵢ) by differences. */
function naiveDeviation(sample: readonly Row[], metric: Metric): number {
  const at = (index: number, by: number) => {
    const moved = sample.map((each, i) => (i === index ? { ...each, p: each.p + by } : each))
    const result = estimate(moved)[metric]
    return 'estimate' in result ? result.estimate : Number.NaN
  }
  const slope = (index: number) => (at(index, 1e-6) - at(index, -1e-6)) / 2e-6
  return Math.sqrt(sample.reduce((sum, { p }, index) => sum + slope(index) ** 2 * p * (1 - p), 0))
}

describe('performance without labels', () => {
  it('AUC is the double loop over all pairs', () => {
    fc.assert(
      fc.property(rows, sample => {
        const { auc } = estimate(sample)
        if ('estimate' in auc) expect(auc.estimate).toBeCloseTo(naiveAuc(sample), 10)
        else expect(naiveAuc(sample)).toBeNaN()
      }),
    )
  })

  it('standard deviations are the delta method', () => {
    const inner = rows.map(sample => sample.map(each => ({ ...each, p: 0.05 + 0.9 * each.p })))
    fc.assert(
      fc.property(inner, fc.constantFrom(...metrics), (sample, metric) => {
        const result = estimate(sample)[metric]
        if ('sd' in result) expect(result.sd).toBeCloseTo(naiveDeviation(sample, metric), 5)
      }),
    )
  })

  it('with certain probabilities gives what labels give', () => {
    fc.assert(
      fc.property(rows, sample => {
        const known = sample.map(each => ({ ...each, p: Math.round(each.p) }))
        const labels = known.map(({ p }) => p)
        const real = rates(confusion({ labels, actions: known.map(({ action }) => action) }))
        const result = estimate(known)
        const both: readonly [Estimate, unknown][] = [
          [result.accuracy, real.accuracy],
          [result.precision, real.precision],
          [result.recall, real.recall],
          [result.fpr, real.fpr],
          [result.f1, real.f1],
          [result.auc, rocAuc(rankScores({ labels, scores: known.map(({ score }) => score) }))],
        ]
        // Without labels of a class the reason says "expected", and AUC has no pair of one row with itself.
        for (const [found, wanted] of both)
          if (typeof wanted === 'number')
            expect(found).toMatchObject({ estimate: expect.closeTo(wanted, 12), sd: expect.closeTo(0, 12) })
          else expect(found).toHaveProperty('undefined')
      }),
    )
  })

  it('does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(rows, sample => {
        const [one, other] = [estimate(sample), estimate([...sample].reverse())]
        for (const metric of metrics) {
          const [a, b] = [one[metric], other[metric]]
          if ('sd' in a && 'sd' in b) {
            expect(a.estimate).toBeCloseTo(b.estimate, 11)
            expect(a.sd).toBeCloseTo(b.sd, 9)
          } else expect(a).toEqual(b)
        }
      }),
    )
  })

  it('refuses what it cannot use', () => {
    const ask =
      (calibrated: number[], actions = [1], scores = [0.5]) =>
      () =>
        estimatePerformance({ calibrated, actions, scores })
    expect(ask([0.5, 0.5])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }))
    expect(ask([1.5])).toThrow(expect.objectContaining({ code: 'NOT_A_PROBABILITY' }))
    expect(ask([Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_A_NUMBER' }))
    expect(ask([0.5], [1], [Number.NaN])).toThrow(expect.objectContaining({ code: 'NOT_A_NUMBER' }))
    expect(ask([0.5], [2])).toThrow(expect.objectContaining({ code: 'NOT_BINARY' }))
    expect(ask([], [], [])().accuracy).toEqual({ undefined: 'no-rows' })
    // Less than any count could be is none, and divides nothing.
    expect(ask([5e-324])()).toMatchObject({
      recall: { undefined: 'no-expected-positives' },
      auc: { undefined: 'no-expected-positives' },
    })
  })

  it('keeps a calibration only where it helps on rows it was not fitted on', () => {
    const random = randomFrom('calibration')
    const truth = Array.from({ length: 3_000 }, () => random.unit())
    const labels = truth.map(p => (random.unit() < p ? 1 : 0))
    const skewed = chooseCalibration({ labels, scores: truth.map(p => p ** 4) })
    expect(skewed.kept).toBe(true)
    expect(Math.abs(skewed.probability(0.5 ** 4) - 0.5)).toBeLessThan(0.15)
    const random_ = chooseCalibration({ labels: labels.slice(0, 8), scores: truth.slice(0, 8) })
    expect(random_).toMatchObject({ kept: false, raw: { undefined: 'too-few' } })
    expect(random_.probability(0.3)).toBe(0.3)
  })

  it('grades its estimates', () => {
    expect(gradeWindow({ estimate: 0.5, sd: 0, realised: 0.5, realisedSd: 0 })).toEqual({ z: 0, miss: false })
    expect(gradeWindow({ estimate: 0.5, sd: 0, realised: 0.6, realisedSd: 0 })).toEqual({
      z: Infinity,
      miss: true,
    })
    expect(estimatorTrust([])).toBe('ungraded')
    expect(estimatorTrust([true, true, true, ...new Array<boolean>(8).fill(false)])).toBe('trusted')
  })
})

describe('weighted rows', () => {
  const weighted = fc.array(
    fc.record({
      label: fc.integer({ min: 0, max: 1 }),
      score: fc.integer({ min: 0, max: 4 }).map(value => value / 4),
      weight: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 30 },
  )

  it('count as often as they weigh', () => {
    const property = fc.property(weighted, fc.integer({ min: 1, max: 20 }), (sample, k) => {
      const repeated = sample.flatMap(each => new Array<typeof each>(each.weight).fill(each))
      const columns = (of: typeof sample) => ({
        labels: of.map(({ label }) => label),
        scores: of.map(({ score }) => score),
      })
      const weights = sample.map(({ weight }) => weight)
      const [one, other] = [rankScores({ ...columns(sample), weights }), rankScores(columns(repeated))]
      for (const metric of [rocAuc, gini, prAuc, ksSeparation]) same(metric(one), metric(other))
      same(atK(one, k).recall_at_k, atK(other, k).recall_at_k)
      same(logLoss({ ...columns(sample), weights }), logLoss(columns(repeated)))
    })
    fc.assert(property)
  })

  it('are refused where they are negative or too few', () => {
    const ask = (weights: number[]) => () => rankScores({ labels: [0, 1], scores: [1, 2], weights })
    expect(ask([1])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }))
    expect(ask([1, -1])).toThrow(expect.objectContaining({ code: 'INVALID_COUNTS' }))
  })
})

function same(found: unknown, wanted: unknown): void {
  if (typeof wanted === 'number') expect(found).toBeCloseTo(wanted, 10)
  else expect(found).toEqual(wanted)
}

it('argsort orders every double, equal ones by row', () => {
  const values = fc.array(
    fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, -0, 1, Infinity, -Infinity)),
  )
  fc.assert(
    fc.property(values, sample => {
      const naive = sample.map((_, index) => index)
      naive.sort((a, b) =>
        (sample[a] ?? 0) < (sample[b] ?? 0) ? -1 : Number((sample[a] ?? 0) > (sample[b] ?? 0)),
      )
      expect([...argsort(sample)]).toEqual(naive)
    }),
  )
})
