import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContractMetric } from '../../../definitions/index.ts'
import {
  brier,
  calibrationEqualCount,
  isDefined,
  logLoss,
  prAuc,
  type Quantity,
  randomFrom,
  rankScores,
  rocAuc,
} from '../../../kernel/statistics/index.ts'
import type { MetricRows } from './metric-rows.ts'
import { entityMetric } from './resample.ts'

interface Row {
  readonly unit: number
  readonly label: number
  readonly score: number
  readonly action: number
  /** A whole number, so that the oracle may repeat the row. */
  readonly weight: number
}
const costs = { falsePositive: 2, falseNegative: 7 }

function metricRowsOf(rows: readonly Row[], units: number, weighted = false): MetricRows {
  return {
    rows: rows.length,
    labels: Float64Array.from(rows, row => row.label),
    scores: Float64Array.from(rows, row => row.score),
    actions: Uint8Array.from(rows, row => row.action),
    truth: null,
    weights: weighted ? Float64Array.from(rows, row => row.weight) : null,
    units: { of: Int32Array.from(rows, row => row.unit), count: units, repeat: true },
    costs,
  }
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** The textbook formula on a list of rows, in which a row may be several times. */
const naive: Partial<Record<ContractMetric, (rows: readonly Row[]) => Quantity>> = {
  roc_auc: rows => rocAuc(ranked(rows)),
  pr_auc: rows => prAuc(ranked(rows)),
  ece: rows => calibrationEqualCount(ranked(rows), 15).ece,
  log_loss: rows => logLoss(columns(rows)),
  brier: rows => brier(columns(rows)),
  mae: rows => mean(rows.map(row => Math.abs(row.score - row.label))),
  rmse: rows => Math.sqrt(mean(rows.map(row => (row.score - row.label) ** 2))),
  r2: rows => {
    const y = mean(rows.map(row => row.label))
    const spread = rows.reduce((sum, row) => sum + (row.label - y) ** 2, 0)
    const errors = rows.reduce((sum, row) => sum + (row.label - row.score) ** 2, 0)
    return spread === 0 ? { undefined: 'zero-variance' } : 1 - errors / spread
  },
  precision: rows => {
    const acted = rows.filter(row => row.action === 1)
    return acted.length === 0 ? { undefined: 'nothing-acted' } : mean(acted.map(row => row.label))
  },
  cost: rows => mean(rows.map(row => costOf(row))),
  score_mean: rows => mean(rows.map(row => row.score)),
  action_rate: rows => mean(rows.map(row => row.action)),
}

function costOf({ action, label }: Row): number {
  if (action === 1) return label === 0 ? costs.falsePositive : 0
  return label === 1 ? costs.falseNegative : 0
}
function columns(rows: readonly Row[]): { labels: number[]; scores: number[] } {
  return { labels: rows.map(row => row.label), scores: rows.map(row => row.score) }
}
const ranked = (rows: readonly Row[]) => rankScores(columns(rows))

const anyRow = (units: number) =>
  fc.record({
    unit: fc.nat(units - 1),
    label: fc.nat(1),
    // Few distinct scores: ties within and between entities.
    score: fc.nat(8).map(step => step / 8),
    action: fc.nat(1),
    weight: fc.integer({ min: 1, max: 3 }),
  })
const anyCase = fc.integer({ min: 1, max: 8 }).chain(units =>
  fc.record({
    units: fc.constant(units),
    rows: fc.array(anyRow(units), { minLength: 1, maxLength: 40 }),
    times: fc.array(fc.nat(3), { minLength: units, maxLength: units }),
  }),
)

function expectSame(found: Quantity | undefined, wanted: Quantity): void {
  if (isDefined(wanted)) expect(found).toBeCloseTo(wanted, 10)
  else expect(found).toMatchObject({ undefined: expect.any(String) })
}

function repeated(rows: readonly Row[], times: (row: Row) => number): readonly Row[] {
  return rows.flatMap(row => Array.from({ length: times(row) }, () => row))
}

describe.each(Object.entries(naive))('%s', (metric, formula) => {
  it('of entities that count several times is the formula on repeated rows', () => {
    fc.assert(
      fc.property(anyCase, ({ units, rows, times }) => {
        const drawn = repeated(rows, row => times[row.unit] ?? 0)
        const found = entityMetric(metricRowsOf(rows, units), metric as ContractMetric)
        const value = found.value(Uint8Array.from(times))
        expectSame(value, drawn.length === 0 ? { undefined: 'no-rows' } : formula(drawn))
      }),
      { numRuns: 300 },
    )
  })

  it('of rows that weigh differently is the formula on rows repeated by weight', () => {
    fc.assert(
      fc.property(anyCase, ({ units, rows, times }) => {
        const drawn = repeated(rows, row => row.weight * (times[row.unit] ?? 0))
        const found = entityMetric(metricRowsOf(rows, units, true), metric as ContractMetric)
        const value = found.value(Uint8Array.from(times))
        expectSame(value, drawn.length === 0 ? { undefined: 'no-rows' } : formula(drawn))
      }),
      { numRuns: 300 },
    )
  })

  it('without one entity each is the formula on the other rows', () => {
    fc.assert(
      fc.property(anyCase, ({ units, rows }) => {
        const left = entityMetric(metricRowsOf(rows, units), metric as ContractMetric).deleteOne()
        expect(left).toHaveLength(units)
        left.forEach((value, unit) => {
          const others = rows.filter(row => row.unit !== unit)
          expectSame(value, others.length === 0 ? { undefined: 'no-rows' } : formula(others))
        })
      }),
      { numRuns: 200 },
    )
  })
})

/** Pairs won, each compared with each; whole and half numbers, so that the sum is exact in any order. */
function pairsWon(rows: readonly Row[], times: readonly number[]): Quantity {
  let [won, positives, negatives] = [0, 0, 0]
  for (const row of rows) {
    const count = times[row.unit] ?? 0
    if (row.label === 1) positives += count
    else negatives += count
    if (row.label === 0 || count === 0) continue
    for (const other of rows)
      if (other.label === 0 && other.score <= row.score)
        won += count * (times[other.unit] ?? 0) * (other.score < row.score ? 1 : 0.5)
  }
  if (positives === 0) return { undefined: 'no-positives' }
  return negatives === 0 ? { undefined: 'no-negatives' } : won / (positives * negatives)
}

/** Long runs of one class, large ties and many draws: what passes over pieces could get wrong. */
const longCase = fc.record({
  seed: fc.string({ maxLength: 6 }),
  count: fc.integer({ min: 1, max: 1500 }),
  entities: fc.integer({ min: 1, max: 400 }),
  distinct: fc.constantFrom(1, 2, 7, 300, 100_000),
  positives: fc.constantFrom(0, 0.01, 0.3, 0.99, 1),
  most: fc.constantFrom(1, 3, 255),
})

describe('passes over many rows', () => {
  it('give the AUC and the average precision of the textbook to the last bit of whole sums', () => {
    fc.assert(
      fc.property(longCase, ({ seed, count, entities, distinct, positives, most }) => {
        const random = randomFrom(seed)
        const rows = Array.from({ length: count }, () => ({
          unit: random.index(entities),
          label: Number(random.unit() < positives),
          score: random.index(distinct) / distinct,
          action: 0,
          weight: 1,
        }))
        const times = Array.from({ length: entities }, () => random.index(most + 1))
        const given = metricRowsOf(rows, entities)
        const drawn = Uint8Array.from(times)
        expect(entityMetric(given, 'roc_auc').value(drawn)).toEqual(pairsWon(rows, times))
        if (most === 255) return
        const listed = repeated(rows, row => times[row.unit] ?? 0)
        expectSame(entityMetric(given, 'pr_auc').value(drawn), prAuc(ranked(listed)))
        expectSame(entityMetric(given, 'ece').value(drawn), calibrationEqualCount(ranked(listed), 15).ece)
      }),
      { numRuns: 60 },
    )
  })
})
