import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EvaluationReport } from '../evaluation/index.ts'
import { compareFiles, compareMetrics, compareScores, compareSets } from './compare.ts'

describe('scores of two models', () => {
  it('equal to the last bit are the same, NaN too; 0 and -0 are not', () => {
    const outcome = (a: number[], b: number[]) =>
      compareScores(Float64Array.from(a), Float64Array.from(b), 1e-6).outcome
    expect(outcome([0.1, Number.NaN], [0.1, Number.NaN])).toBe('same')
    expect(outcome([0], [-0])).toBe('within tolerance')
    expect(outcome([0.1], [0.1 + 1e-7])).toBe('within tolerance')
    expect(outcome([0.1], [0.1 + 1e-5])).toBe('differs')
    expect(outcome([0.1], [Number.NaN])).toBe('differs')
    expect(outcome([], [])).toBe('unavailable')
  })

  it('counts and measures as a slow reading does', () => {
    const score = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(score, fc.oneof(fc.constant(null), score)), { minLength: 1 }), pairs => {
        const a = pairs.map(([left]) => left)
        const b = pairs.map(([left, right]) => right ?? left)
        const { found, outcome } = compareScores(Float64Array.from(a), Float64Array.from(b), 1e-6)
        const equal = a.filter((left, row) => Object.is(left, b[row])).length
        const largest = Math.max(...a.map((left, row) => Math.abs(left - (b[row] as number))))
        expect(found).toEqual({ equal, largestDifference: largest })
        expect(outcome).toBe(equal === a.length ? 'same' : largest <= 1e-6 ? 'within tolerance' : 'differs')
      }),
    )
  })

  it('says when the split is small', () => {
    expect(compareScores(new Float64Array(10), new Float64Array(10), 0).detail).toContain('only 10')
    expect(compareScores(new Float64Array(1000), new Float64Array(1000), 0).detail).not.toContain('only')
  })
})

it('files are compared by hash, also those only one side has', () => {
  const items = compareFiles(
    [
      { path: 'a', hash: '1' },
      { path: 'b', hash: '2' },
    ],
    [
      { path: 'b', hash: '3' },
      { path: 'c', hash: '4' },
    ],
  )
  expect(items.map(({ name, outcome, detail }) => [name, outcome, detail])).toEqual([
    ['file a', 'differs', 'was not made again'],
    ['file b', 'differs', ''],
    ['file c', 'differs', 'is new'],
  ])
})

it('there is no tolerance for data', () => {
  const set = { id: 'ds-1', checksum: 'sha256:a', rows: 3 }
  expect(compareSets(set, set).outcome).toBe('same')
  expect(compareSets(set, { ...set, checksum: 'sha256:b' }).outcome).toBe('differs')
})

describe('metrics', () => {
  const report = (roc_auc: number | { undefined: string }, low = 0.6): EvaluationReport =>
    ({
      all: { rows: 10, metrics: { roc_auc }, intervals: { roc_auc: { low, high: 0.8 } } },
    }) as unknown as EvaluationReport
  const outcomes = (a: EvaluationReport, b: EvaluationReport) =>
    compareMetrics(a, b, 1e-6).map(({ name, outcome }) => `${name} ${outcome}`)

  it.each([
    ['equal', report(0.7), report(0.7), 'same'],
    ['within tolerance', report(0.7), report(0.7 + 1e-9), 'within tolerance'],
    ['apart', report(0.7), report(0.71), 'differs'],
    ['an interval apart', report(0.7), report(0.7, 0.5), 'differs'],
    ['undefined for the same reason', report({ undefined: 'x' }), report({ undefined: 'x' }), 'same'],
    ['undefined on one side', report(0.7), report({ undefined: 'x' }), 'differs'],
  ])('%s', (_what, a, b, outcome) => {
    expect(outcomes(a, b)).toEqual(['metric rows same', `metric roc_auc ${outcome}`])
  })

  it('of a version that was not evaluated are unavailable', () => {
    expect(compareMetrics(null, report(0.7), 1e-6).map(each => each.outcome)).toEqual(['unavailable'])
  })
})
