import { expect, test } from 'vitest'
import type { ContractData } from '../../definitions/index.ts'
import { compareModels } from '../comparison/compare-models.ts'
import { judgeContracts } from '../contracts/judge.ts'
import { evaluateRows } from '../evaluate-rows.ts'
import { judgeFairness } from '../fairness/judge.ts'
import type { ImportanceReport } from '../reports/fairness.ts'
import type { JudgedRows } from '../rows.ts'
import { renderEvaluationPage } from './evaluation-page.ts'

const origin = {
  codes: Int32Array.from({ length: 200 }, (_, row) => row % 2),
  dictionary: ['<b>ORD</b>', 'LAX'],
}
const rows: JudgedRows = {
  ...{ task: 'binary', rows: 200, hash: 'sha256:0123456789abcdef' },
  labels: Float64Array.from({ length: 200 }, (_, row) => (row % 3 === 0 ? 1 : 0)),
  times: Float64Array.from({ length: 200 }, (_, row) => Date.UTC(2001, row % 4, 1) * 1000),
  columns: { origin },
}
const scores = Float64Array.from({ length: 200 }, (_, row) => ((row * 37) % 100) / 100)
const outputs = { scores, actions: Uint8Array.from(scores, score => (score > 0.5 ? 1 : 0)) }
const other = { ...outputs, actions: outputs.actions.map((acts, row) => (row < 9 ? 1 - acts : acts)) }
const slices = [{ name: 'origin', of: { kind: 'column', column: 'origin' } }] as const

const declared: readonly ContractData[] = [
  {
    ...{ name: 'lost', slices: ['origin'], status: 'watched', stage: 'offline' },
    claim: { form: 'noWorse', metric: 'recall', margin: 0.1 },
  },
  {
    ...{ name: 'fair', slices: ['all'], status: 'protected', stage: 'offline' },
    claim: { form: 'fair', metric: 'selection_rate', column: 'origin', limit: 0.2 },
  },
]
const importance: ImportanceReport = {
  ...{ schema: 1, variant: 'path_dependent', rows: 200 },
  features: [{ feature: '<i>', share: 0.75, meanAbs: 1.5 }],
  slices: [
    {
      ...{ slice: 'origin=<b>ORD</b>', rows: 100 },
      features: [{ feature: '<i>', share: 0.5, overall: 0.75 }],
    },
  ],
}

test('a page is one file: no scripts, nothing fetched, texts of others escaped, no number that is none', () => {
  const report = evaluateRows(rows, outputs, { slices, costs: { falsePositive: 1, falseNegative: 2 } })
  const comparison = compareModels(rows, {
    champion: { name: '<champion>', ...outputs },
    challenger: { name: 'challenger', ...other },
    ...{ slices, names: ['origin'] },
  })
  const contracts = judgeContracts({
    ...{ rows, champion: other, challenger: outputs, choose: new Int32Array(0) },
    ...{ slices, stage: 'offline', basis: 'all rows of <file>', contracts: declared },
    judge: Int32Array.from({ length: 200 }, (_, row) => row),
  })
  const fairness = judgeFairness({ rows, ...outputs, fairness: { columns: ['origin'] }, contracts: declared })
  const page = renderEvaluationPage(report, { comparison, contracts, fairness, importance })
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/)
  expect(page).not.toMatch(/<script|<link|<img|src=|url\(|https?:/)
  expect(page).not.toContain('<b>ORD')
  expect(page).toContain('&lt;b&gt;ORD&lt;/b&gt;')
  expect(page).toContain('&lt;champion&gt;')
  expect(page).not.toMatch(/NaN|Infinity|\[object|>undefined</)
  expect(page).toContain('9 of 200 decisions flip')
  expect(page).toContain('all rows of &lt;file&gt;')
  expect(page).toMatch(/Four-fifths rule: .*&lt;b&gt;ORD/)
  expect(page).toContain('<td>&lt;i&gt;</td><td>75 %</td>')
  const opened = [...page.matchAll(/<(section|table|tr|td|svg|figure|div|p|h2)[\s>]/g)].length
  const closed = [...page.matchAll(/<\/(section|table|tr|td|svg|figure|div|p|h2)>/g)].length
  expect(closed).toBe(opened)
})

test('a page of numbers, and of rows without a single label', () => {
  const regression = evaluateRows({ ...rows, task: 'regression' }, { scores }, { slices })
  expect(renderEvaluationPage(regression)).toContain('Mean absolute error')
  const none = { ...rows, labels: new Float64Array(200).fill(Number.NaN) }
  const page = renderEvaluationPage(evaluateRows(none, outputs, { slices }))
  expect(page).toContain('200 still wait for a label')
  expect(page).toContain('only what needs none is measured')
  expect(page).not.toMatch(/NaN|Infinity|Recall|Calibrating/)
})
