import { expect, test } from 'vitest'
import { compareModels } from '../comparison/compare-models.ts'
import { evaluateRows } from '../evaluate-rows.ts'
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

test('a page is one file: no scripts, nothing fetched, texts of others escaped, no number that is none', () => {
  const report = evaluateRows(rows, outputs, { slices, costs: { falsePositive: 1, falseNegative: 2 } })
  const comparison = compareModels(rows, {
    champion: { name: '<champion>', ...outputs },
    challenger: { name: 'challenger', ...other },
    ...{ slices, names: ['origin'] },
  })
  const page = renderEvaluationPage(report, { comparison })
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/)
  expect(page).not.toMatch(/<script|<link|<img|src=|url\(|https?:/)
  expect(page).not.toContain('<b>ORD')
  expect(page).toContain('&lt;b&gt;ORD&lt;/b&gt;')
  expect(page).toContain('&lt;champion&gt;')
  expect(page).not.toMatch(/NaN|Infinity|\[object|>undefined</)
  expect(page).toContain('9 of 200 decisions flip')
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
  expect(page).not.toMatch(/NaN|Infinity/)
})
