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
}
const costs = { falsePositive: 2, falseNegative: 7 }

function metricRowsOf(rows: readonly Row[], units: number): MetricRows {
  return {
    rows: rows.length,
    labels: Float64Array.from(rows, row => row.label),
    scores: Float64Array.from(rows, row => row.score),
    actions: Uint8Array.from(rows, row => row.action),
    truth: null,
    weights: null,
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

describe.each(Object.entries(naive))('%s', (metric, formula) => {
  it('of entities that count several times is the formula on repeated rows', () => {
    fc.assert(
      fc.property(anyCase, ({ units, rows, times }) => {
        const repeated = rows.flatMap(row => Array.from({ length: times[row.unit] ?? 0 }, () => row))
        const found = entityMetric(metricRowsOf(rows, units), metric as ContractMetric)
        const value = found.value(Uint32Array.from(times))
        expectSame(value, repeated.length === 0 ? { undefined: 'no-rows' } : formula(repeated))
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
