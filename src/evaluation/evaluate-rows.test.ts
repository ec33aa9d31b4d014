import { expect, test } from 'vitest'
import { randomFrom } from '../kernel/statistics/index.ts'
import { evaluateRows } from './evaluate-rows.ts'
import type { JudgedRows, ModelOutputs } from './rows.ts'

const costs = { falsePositive: 1, falseNegative: 4 }

/** Calibrated scores, but for airport C, where the model is wrong; labels of the last rows are missing. */
function flights(count: number): { rows: JudgedRows; outputs: ModelOutputs } {
  const random = randomFrom('evaluate-rows.test')
  const airport = Int32Array.from({ length: count }, () => random.index(5))
  const distance = Float64Array.from({ length: count }, () => random.index(2000))
  const scores = Float64Array.from({ length: count }, () => random.unit())
  const labels = scores.map((score, row) => {
    if (row >= count - 10) return Number.NaN
    const chance = airport[row] === 2 ? 1 - score : score
    return random.unit() < chance ? 1 : 0
  })
  return {
    rows: {
      ...{ task: 'binary', rows: count, hash: 'sha256:abc', labels },
      unlabelled: Uint8Array.from(labels, (label, row) => (Number.isNaN(label) ? 1 + (row % 2) : 0)),
      times: Float64Array.from({ length: count }, (_, row) => Date.UTC(2001, row % 6, 3) * 1000),
      columns: { airport: { codes: airport, dictionary: ['A', 'B', 'C', 'D', 'E'] }, distance },
    },
    outputs: { scores, actions: Uint8Array.from(scores, score => (score > 0.5 ? 1 : 0)) },
  }
}

const airports = { name: 'airport', of: { kind: 'column', column: 'airport' } } as const

test('a slice where the model is wrong is the most harmed, and search finds it too', () => {
  const { rows, outputs } = flights(6000)
  const report = evaluateRows(rows, outputs, { slices: [airports], costs, search: ['airport', 'distance'] })
  expect(report.coverage).toEqual({ rows: 6000, matured: 5990, immature: 5, unobservable: 5 })
  expect(report.harmed[0]).toMatchObject({ slice: 'airport=C' })
  expect(report.harmed.map(each => each.slice)).toEqual(['airport=C'])
  expect(report.discovered[0]?.where).toContain('airport=C')
  expect(report.discovered[0]?.rows).toBeLessThan(1000)
  expect(report.folds?.folds).toHaveLength(6)
  expect(report.folds?.trend).toHaveProperty('slope')
  expect(report.costs?.least?.cost).toBeLessThanOrEqual(report.all.metrics.cost as number)
  expect(report.costs?.points.length).toBeLessThanOrEqual(102)
})

test('every number has an interval or says why not', () => {
  const { rows, outputs } = flights(3000)
  const report = evaluateRows(rows, outputs, { slices: [airports], costs })
  for (const measured of [report.all, ...report.slices.flatMap(slice => slice.values)]) {
    expect(Object.keys(measured.intervals)).toEqual(Object.keys(measured.metrics))
    for (const name of Object.keys(measured.metrics) as (keyof typeof measured.metrics)[]) {
      const [value, interval] = [measured.metrics[name], measured.intervals[name]]
      if (typeof value !== 'number') expect(interval).toEqual(value)
      else if (interval && 'lower' in interval) {
        expect(interval.lower, name).toBeLessThanOrEqual(value)
        expect(interval.upper, name).toBeGreaterThanOrEqual(value)
      } else expect(interval).toEqual({ undefined: expect.any(String) })
    }
  }
  expect(JSON.stringify(report)).not.toMatch(/NaN|null,null/)
})

test('nothing harmed and nothing discovered where there is only noise', () => {
  let [harmed, discovered] = [0, 0]
  for (let seed = 0; seed < 20; seed++) {
    const random = randomFrom(`noise/${seed}`)
    const scores = Float64Array.from({ length: 2000 }, () => random.unit())
    const rows: JudgedRows = {
      ...{ task: 'binary', rows: 2000, hash: `sha256:${seed}` },
      labels: scores.map(score => (random.unit() < score ? 1 : 0)),
      columns: {
        a: { codes: Int32Array.from(scores, () => random.index(8)), dictionary: [...'abcdefgh'] },
        b: { codes: Int32Array.from(scores, () => random.index(8)), dictionary: [...'abcdefgh'] },
      },
    }
    const slices = ['a', 'b'].map(name => ({ name, of: { kind: 'column' as const, column: name } }))
    const actions = Uint8Array.from(scores, score => (score > 0.5 ? 1 : 0))
    const report = evaluateRows(rows, { scores, actions }, { search: ['a', 'b'], slices })
    harmed += report.harmed.length
    discovered += report.discovered.length
  }
  expect(harmed).toBeLessThanOrEqual(3)
  expect(discovered).toBeLessThanOrEqual(2)
})

test('slices without rows, with one class and with constant scores are undefined with their reason', () => {
  const rows: JudgedRows = {
    ...{ task: 'binary', rows: 4, hash: '' },
    labels: Float64Array.from([1, 1, 0, 1]),
    columns: { a: { codes: Int32Array.from([0, 0, 1, 1]), dictionary: ['one-class', 'constant'] } },
  }
  const declared = {
    name: 'a',
    of: { kind: 'column', column: 'a', values: ['one-class', 'constant', 'nobody'] },
  } as const
  const outputs = { scores: Float64Array.from([0.2, 0.4, 0.5, 0.5]), actions: Uint8Array.from([0, 0, 0, 0]) }
  const report = evaluateRows(rows, outputs, { slices: [declared] })
  const [oneClass, constant, nobody] = report.slices[0]?.values ?? []
  expect(oneClass?.metrics).toMatchObject({
    ...{ roc_auc: { undefined: 'no-negatives' }, fpr: { undefined: 'no-negatives' } },
    ...{ precision: { undefined: 'no-predicted-positives' }, ece: { undefined: 'too-few' } },
  })
  expect(constant?.metrics.roc_auc).toBe(0.5)
  expect(constant?.intervals.roc_auc).toEqual({ undefined: 'too-few' })
  expect(nobody).toMatchObject({ rows: 0, matured: 0 })
  expect(nobody?.metrics).toMatchObject({
    ...{ accuracy: { undefined: 'no-rows' }, log_loss: { undefined: 'no-rows' } },
    ...{ action_rate: { undefined: 'no-rows' }, score_mean: { undefined: 'no-rows' } },
  })
})

test('immature labels are not judged; a set without any is undefined, not zero', () => {
  const rows: JudgedRows = {
    ...{ task: 'binary', rows: 2, hash: '', columns: {} },
    labels: Float64Array.from([Number.NaN, Number.NaN]),
  }
  const report = evaluateRows(rows, { scores: Float64Array.from([0.1, 0.9]) })
  expect(report.coverage).toEqual({ rows: 2, matured: 0, immature: 2, unobservable: 0 })
  expect(report.all.metrics.log_loss).toEqual({ undefined: 'no-rows' })
  expect(report.all.scoreMean).toBeCloseTo(0.5, 12)
})

test('rows that no number can be measured on are refused by name', () => {
  const rows = (labels: number[]): JudgedRows => ({
    ...{ task: 'binary', rows: labels.length, hash: '', columns: {} },
    labels: Float64Array.from(labels),
  })
  const scores = Float64Array.from([0.1, Number.NaN, Number.NaN])
  expect(() => evaluateRows(rows([0, 1, 1]), { scores })).toThrow(
    expect.objectContaining({ code: 'NOT_A_NUMBER', details: { rows: [1, 2], count: 2 } }),
  )
  expect(() => evaluateRows(rows([0, 2, 1]), { scores: new Float64Array(3) })).toThrow(
    expect.objectContaining({ code: 'NOT_BINARY', details: { rows: [1], count: 1 } }),
  )
  expect(() => evaluateRows(rows([0, 1]), { scores: new Float64Array(3) })).toThrow(
    expect.objectContaining({ code: 'LENGTH_MISMATCH' }),
  )
})

test('repeated entities widen intervals, and equal weights change nothing', () => {
  const { rows, outputs } = flights(600)
  const repeated = (times: number): JudgedRows => {
    const many = (values: Float64Array) =>
      Float64Array.from({ length: 600 * times }, (_, at) => values[at % 600] ?? 0)
    const codes = Int32Array.from({ length: 600 * times }, (_, at) => at % 600)
    return {
      ...{ task: 'binary', rows: 600 * times, hash: '', columns: {}, labels: many(rows.labels) },
      entities: { codes, dictionary: Array.from({ length: 600 }, (_, at) => String(at)) },
    }
  }
  const outputsOf = (times: number): ModelOutputs => ({
    scores: Float64Array.from({ length: 600 * times }, (_, at) => outputs.scores[at % 600] ?? 0),
    actions: Uint8Array.from({ length: 600 * times }, (_, at) => outputs.actions?.[at % 600] ?? 0),
  })
  const [once, thrice] = [1, 3].map(times => evaluateRows(repeated(times), outputsOf(times)).all)
  for (const name of ['fpr', 'roc_auc', 'pr_auc', 'log_loss', 'f1'] as const) {
    const width = (all: typeof once) => {
      const interval = all?.intervals[name]
      return interval && 'lower' in interval ? interval.upper - interval.lower : Number.NaN
    }
    expect(thrice?.metrics[name]).toBeCloseTo(once?.metrics[name] as number, 9)
    expect(width(thrice) / width(once), name).toBeCloseTo(1, 2)
  }
  expect(thrice?.effective).toBeCloseTo(590, -1)
})

test('three classes, numbers and rankings are measured too', () => {
  const three = evaluateRows(
    {
      ...{ task: 'multiclass', rows: 6, hash: '', columns: {}, classes: ['a', 'b', 'c'] },
      labels: Float64Array.from([0, 1, 2, 0, 1, 2]),
    },
    { scores: new Float64Array(6), chosen: Int32Array.from([0, 1, 2, 0, 2, 1]) },
  )
  expect(three.all.metrics.accuracy).toBeCloseTo(4 / 6, 12)
  expect(three.all.metrics.macro_f1).toBeCloseTo(2 / 3, 12)
  expect(three.all.metrics).not.toHaveProperty('log_loss')
  const numbers = evaluateRows(
    { ...{ task: 'regression', rows: 4, hash: '', columns: {} }, labels: Float64Array.from([3, -0.5, 2, 7]) },
    { scores: Float64Array.from([2.5, 0, 2, 8]) },
  )
  expect(numbers.all.metrics).toMatchObject({ mae: 0.5, bias: 0.25 })
  expect(numbers.all.metrics.spearman).toBeCloseTo(1, 12)
  expect(numbers.all.intervals.spearman).toEqual({ undefined: 'no-spread' })
  expect(numbers.all.metrics.r2).toBeCloseTo(0.9486081370449678, 12)
  const ranking = evaluateRows(
    {
      ...{ task: 'ranking', rows: 6, hash: '', columns: {} },
      labels: Float64Array.from([2, 0, 1, 0, 0, 1]),
      queries: { codes: Int32Array.from([0, 0, 0, 1, 2, 2]), dictionary: ['x', 'nothing', 'y'] },
    },
    { scores: Float64Array.from([0.9, 0.8, 0.1, 0.5, 0.3, 0.3]) },
  )
  const ideal = 3 + 1 / Math.log2(3)
  const tied = (1 / 2) * (1 + 1 / Math.log2(3))
  expect(ranking.all.metrics.ndcg).toBeCloseTo((3.5 / ideal + tied) / 2, 12)
  expect(ranking.all.metrics.map).toBeCloseTo(((1 + 2 / 3) / 2 + 1 / 2) / 2, 12)
  expect(ranking.all.metrics.mrr).toBeCloseTo((1 + 1 / 2) / 2, 12)
})
