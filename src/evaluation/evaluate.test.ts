import { expect, test } from 'vitest'
import { evaluate } from './evaluate.ts'
import { measurementOf } from './measure.ts'
import { monthsOf } from './slices/coded-column.ts'

let state = 7
function random(): number {
  state = (state * 1664525 + 1013904223) >>> 0
  return state / 2 ** 32
}

function sample(rows: number): { labels: Uint8Array; scores: Float64Array } {
  const scores = Float64Array.from({ length: rows }, () => Math.round(random() * 100) / 100)
  return { scores, labels: Uint8Array.from(scores, score => (random() < score ? 1 : 0)) }
}

const scorer = { kind: 'linear', build: 'x-1' }

test('a slice is measured as its rows alone would be', () => {
  const rows = sample(500)
  const codes = Int32Array.from({ length: 500 }, () => Math.floor(random() * 80) - 1)
  const dictionary = Array.from({ length: 79 }, (_, code) => `v${code}`)
  const { slices } = evaluate({
    ...{ split: 'judge', ...rows, unlabelled: 0, scorer },
    slices: [{ column: 'airport', values: { codes, dictionary } }],
  })
  const [report] = slices
  expect(report?.distinct).toBe(new Set(codes).size - 1)
  expect(report?.values.map(slice => slice.value).slice(-2)).toEqual(['(other)', '(missing)'])
  expect(report?.values.reduce((sum, slice) => sum + slice.rows, 0)).toBe(500)
  const missing = [...codes.keys()].filter(row => codes[row] === -1)
  const alone = measurementOf({
    labels: missing.map(row => rows.labels[row] ?? 0),
    scores: missing.map(row => rows.scores[row] ?? 0),
  })
  expect(report?.values.at(-1)).toEqual({ value: '(missing)', ...alone })
  const sizes = report?.values.slice(0, -2).map(slice => slice.rows) ?? []
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
})

test('months are UTC months in order; no time is missing', () => {
  const times = Float64Array.from([
    Date.UTC(2001, 4, 1) * 1000,
    Date.UTC(2001, 4, 1) * 1000 - 1,
    Number.NaN,
    -1,
  ])
  const values = monthsOf(times)
  expect([...values.codes].map(code => values.dictionary[code] ?? 'missing')).toEqual([
    '2001-05',
    '2001-04',
    'missing',
    '1969-12',
  ])
  const rows = { labels: Uint8Array.from([1, 0, 1, 0]), scores: Float64Array.from([0.9, 0.1, 0.8, 0.2]) }
  const { slices } = evaluate({
    ...{ split: 'judge', ...rows, unlabelled: 0, scorer },
    slices: [{ column: 'month', values }],
  })
  const [report] = slices
  expect(report?.values.map(slice => slice.value)).toEqual(['1969-12', '2001-04', '2001-05', '(missing)'])
  expect(report?.values[0]?.metrics.roc_auc).toEqual({ undefined: 'no-positives' })
  expect(report?.values[0]?.metrics.ece).toEqual({ undefined: 'too-few' })
})

test('the report adds up, and its thresholds act on score > threshold', () => {
  const rows = sample(3000)
  const report = evaluate({
    split: 'judge',
    ...rows,
    unlabelled: 4,
    slices: [],
    scorer: { kind: 'linear', build: 'x-1' },
  })
  const positives = rows.labels.reduce((sum, label) => sum + label, 0)
  expect(report.all).toMatchObject({ rows: 3000, positives })
  const [half, base] = report.thresholds
  expect(half?.confusion.tp).toBe(
    [...rows.labels.keys()].filter(row => (rows.scores[row] ?? 0) > 0.5 && rows.labels[row] === 1).length,
  )
  const acted = (base?.confusion.tp ?? 0) + (base?.confusion.fp ?? 0)
  expect(acted).toBeLessThanOrEqual(positives)
  expect(acted).toBeGreaterThan(positives - 100)
  expect(report.calibration.bins.reduce((sum, bin) => sum + bin.n, 0)).toBe(3000)
  expect(report.unlabelled).toBe(4)
})

test('many slices with long names still fit: the smallest values join the others', () => {
  const rows = sample(4000)
  const dictionary = Array.from({ length: 200 }, (_, index) => `airport-with-a-long-name-${index}`)
  const values = { codes: Int32Array.from({ length: 4000 }, () => Math.floor(random() * 200)), dictionary }
  const slices = ['a', 'b', 'c', 'd'].map(column => ({ column, values }))
  const report = evaluate({
    split: 'judge',
    ...rows,
    unlabelled: 0,
    slices,
    scorer: { kind: 'linear', build: 'x-1' },
  })
  expect(JSON.stringify(report).length).toBeLessThanOrEqual(62 * 1024)
  expect(report.slices[0]?.distinct).toBe(200)
  expect(report.slices[0]?.values.at(-1)?.value).toBe('(other)')
})
