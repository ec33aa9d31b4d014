import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  aucInterval,
  brier,
  calibrationEqualCount,
  confusion,
  logLoss,
  prAuc,
  rankScores,
  rates,
  rocAuc,
  wilson,
} from '../../kernel/statistics/index.ts'
import type { JudgedRows, ModelOutputs, Task } from '../rows.ts'
import { resolveSlices } from '../slices/resolve.ts'
import { cellRows } from './cell-rows.ts'
import { binaryShape, influencesOf, measureCells } from './measure-cells.ts'
import type { MetricName } from './metric-table.ts'

interface Row {
  readonly label: number
  readonly score: number
  readonly slice: number
}

const costs = { falsePositive: 1, falseNegative: 5 }

const row = fc.record({
  label: fc.constantFrom(0, 1, 1, 0, Number.NaN),
  score: fc.integer({ min: 0, max: 20 }).map(value => value / 20),
  slice: fc.integer({ min: -1, max: 2 }),
})
const sample = fc.array(row, { minLength: 1, maxLength: 80 })

function judged(rows: readonly Row[], task: Task = 'binary'): { rows: JudgedRows; outputs: ModelOutputs } {
  return {
    rows: {
      ...{ task, rows: rows.length, hash: 'sha256:1' },
      labels: Float64Array.from(rows, each => each.label),
      columns: {
        slice: { codes: Int32Array.from(rows, each => each.slice), dictionary: ['a', 'b', 'c'] },
      },
    },
    outputs: {
      scores: Float64Array.from(rows, each => each.score),
      actions: Uint8Array.from(rows, each => (each.score > 0.6 ? 1 : 0)),
    },
  }
}

const bySlice = [{ name: 'slice', of: { kind: 'column', column: 'slice' } }] as const

function expectClose(actual: unknown, expected: unknown): void {
  if (typeof expected === 'number') expect(actual).toBeCloseTo(expected, 9)
  else if (typeof expected === 'object' && expected !== null && 'lower' in expected) {
    for (const end of ['lower', 'upper'] as const)
      expectClose((actual as Record<string, unknown>)[end], (expected as Record<string, unknown>)[end])
  } else expect(actual).toEqual(expected)
}

test('a cell is measured as its rows alone, by the definition of each metric', () => {
  const property = fc.property(sample, all => {
    const { rows, outputs } = judged(all)
    const cells = resolveSlices(rows, bySlice)
    for (const { cell, measurement } of measureCells(rows, outputs, { cells, costs })) {
      const own = [...cell.rows].flatMap(at => all[at] ?? [])
      const known = own.filter(each => !Number.isNaN(each.label))
      const labels = known.map(each => each.label)
      const scores = known.map(each => each.score)
      const ranked = rankScores({ labels, scores })
      const table = confusion({ labels, actions: scores.map(score => (score > 0.6 ? 1 : 0)) })
      const { metrics, intervals } = measurement
      expect([measurement.rows, measurement.matured]).toEqual([own.length, known.length])
      const wanted = rates(table)
      for (const name of [
        'accuracy',
        'precision',
        'recall',
        'fpr',
        'f1',
        'mcc',
        'kappa',
        'balanced_accuracy',
      ] as const)
        expectClose(metrics[name], wanted[name])
      if (table.tp + table.fn > 0) expectClose(intervals.recall, wilson(table.tp, table.tp + table.fn, 0.025))
      if (known.length > 0)
        expectClose(
          metrics.cost,
          (costs.falsePositive * table.fp + costs.falseNegative * table.fn) / known.length,
        )
      expectClose(metrics.roc_auc, rocAuc(ranked))
      const auc = aucInterval(ranked, 0.025)
      if ('lower' in auc && auc.upper > auc.lower) expectClose(intervals.roc_auc, auc)
      expectClose(metrics.pr_auc, prAuc(ranked))
      expectClose(metrics.log_loss, logLoss({ labels, scores }))
      expectClose(metrics.brier, brier({ labels, scores }))
      expectClose(metrics.ece, calibrationEqualCount(ranked, 15).ece)
    }
  })
  fc.assert(property, { numRuns: 200 })
})

test('the fast path and the influence of each row give the same numbers and intervals', () => {
  const property = fc.property(sample, all => {
    const { rows, outputs } = judged(all)
    const cells = resolveSlices(rows, bySlice)
    const fast = measureCells(rows, outputs, { cells, costs })
    const weighted = { ...rows, weights: new Float64Array(rows.rows).fill(1) }
    const slow = measureCells(weighted, outputs, { cells, costs })
    fast.forEach(({ measurement }, index) => {
      const other = slow[index]?.measurement
      for (const name of Object.keys(measurement.metrics) as MetricName[]) {
        expectClose(other?.metrics[name], measurement.metrics[name])
        expectClose(other?.intervals[name], measurement.intervals[name])
      }
    })
  })
  fc.assert(property, { numRuns: 200 })
})

const classes = 3

/** One row more or less of weight moves a metric by what its influence says. */
function expectDerivatives(task: Task, cell: { rows: JudgedRows; outputs: ModelOutputs }): void {
  const { rows, outputs } = cell
  const options = { k: 3, costs }
  const how = { task, shape: binaryShape(outputs, options), options }
  const members = Int32Array.from({ length: rows.rows }, (_, at) => at)
  const measure = (weights: Float64Array) =>
    influencesOf(cellRows({ ...rows, weights }, outputs, members), how)
  const weights = Float64Array.from(members, at => 1 + (at % 3) / 4)
  const found = measure(weights)
  const step = 1e-6
  for (const moved of members.slice(0, 6)) {
    const change = (by: number) => measure(weights.map((weight, at) => (at === moved ? weight + by : weight)))
    const [up, down] = [change(step), change(-step)]
    for (const name of Object.keys(found) as MetricName[]) {
      const { influence, factor } = found[name] ?? {}
      const [high, low] = [up[name]?.value, down[name]?.value]
      if (!influence || typeof high !== 'number' || typeof low !== 'number') continue
      const scale = name === 'roc_auc' ? aucScale(rows.labels, moved) : 1
      const slope = ((high - low) / (2 * step)) * (weights[moved] ?? 1)
      expect((influence[moved] ?? 0) / scale, `${name} of row ${moved}`).toBeCloseTo(slope, 5)
      expect(factor).toBeGreaterThanOrEqual(1)
    }
  }
}

/** DeLong divides by n − 1 in each class. */
function aucScale(labels: Float64Array, row: number): number {
  const same = labels.filter(label => label === labels[row]).length
  return Math.sqrt(same / (same - 1))
}

test('influences are derivatives: binary', () => {
  const known = sample.map(all => all.filter(each => !Number.isNaN(each.label)))
  const property = fc.property(known, all => {
    const counts = [0, 1].map(label => all.filter(each => each.label === label).length)
    fc.pre(counts.every(count => count > 1))
    expectDerivatives('binary', judged(all))
  })
  fc.assert(property, { numRuns: 60 })
})

test('influences are derivatives: multiclass', () => {
  const cells = fc.array(fc.record({ label: fc.nat(classes - 1), chosen: fc.nat(classes - 1) }), {
    minLength: 4,
    maxLength: 40,
  })
  const property = fc.property(cells, all => {
    const rows: JudgedRows = {
      ...{ task: 'multiclass', rows: all.length, hash: '', columns: {}, classes: ['a', 'b', 'c'] },
      labels: Float64Array.from(all, each => each.label),
    }
    const classScores = Float64Array.from(
      all.flatMap(each => [0, 1, 2].map(c => (c === each.chosen ? 0.6 : 0.2))),
    )
    expectDerivatives('multiclass', {
      rows,
      outputs: { scores: new Float64Array(all.length).fill(0.6), classScores },
    })
  })
  fc.assert(property, { numRuns: 60 })
})

test('influences are derivatives: regression', () => {
  const numbers = fc.array(
    fc.record({ label: fc.integer({ min: 1, max: 9 }), score: fc.integer({ min: -9, max: 9 }) }),
    {
      minLength: 3,
      maxLength: 30,
    },
  )
  const property = fc.property(numbers, all => {
    const given = judged(
      all.map(each => ({ ...each, slice: 0 })),
      'regression',
    )
    fc.pre(all.some(each => each.label !== each.score))
    expectDerivatives('regression', { rows: given.rows, outputs: { scores: given.outputs.scores } })
  })
  fc.assert(property, { numRuns: 60 })
})

test('influences are derivatives: a query moves a ranking by its share', () => {
  const each = fc.record({ label: fc.nat(2), score: fc.nat(4), slice: fc.nat(3) })
  const property = fc.property(fc.array(each, { minLength: 6, maxLength: 40 }), all => {
    const { rows, outputs } = judged(all, 'ranking')
    const queries = rows.columns['slice']
    if (!queries || queries instanceof Float64Array) throw new Error('queries are coded')
    const ranked = { ...rows, queries }
    const members = Int32Array.from(all, (_, at) => at)
    const how = { task: 'ranking', shape: binaryShape(outputs, {}), options: { k: 3 } } as const
    const found = influencesOf(cellRows(ranked, outputs, members), how)
    const alone = [0, 1, 2, 3].flatMap(query => {
      const own = members.filter(at => all[at]?.slice === query)
      const { ndcg } = influencesOf(cellRows(ranked, outputs, own), how)
      return typeof ndcg?.value === 'number' ? [{ value: ndcg.value, first: own[0] ?? -1 }] : []
    })
    fc.pre(alone.length > 0)
    const mean = alone.reduce((sum, query) => sum + query.value, 0) / alone.length
    expect(found.ndcg?.value).toBeCloseTo(mean, 12)
    for (const { value, first } of alone)
      expect(found.ndcg?.influence?.[first]).toBeCloseTo((value - mean) / alone.length, 12)
  })
  fc.assert(property, { numRuns: 60 })
})
