import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ThresholdRuleData } from '../../src/definitions/index.ts'
import { type CodedColumn, chooseThresholds, type JudgedRows } from '../../src/evaluation/index.ts'
import { type NaiveRow, naiveThresholds } from './naive-thresholds.ts'

const segmentNames = ['a', 'b', 'c', 'd', 'e', '__proto__']
const parentOf: Readonly<Record<string, string | null>> = Object.fromEntries([
  ...[
    ['a', 'x'],
    ['b', 'x'],
    ['c', 'y'],
    ['d', 'y'],
    ['e', null],
    ['__proto__', 'x'],
  ],
])

const row: fc.Arbitrary<NaiveRow> = fc
  .record({
    segment: fc.constantFrom(...segmentNames, 'a', 'a', 'a', 'c', 'c', null),
    score: fc.integer({ min: 0, max: 40 }).map(value => value / 40),
    label: fc.constantFrom(0, 0, 0, 1, null),
  })
  .map(({ segment, score, label }) => ({
    ...{ segment, score, label: label as NaiveRow['label'] },
    parent: segment === null ? null : (parentOf[segment] ?? null),
  }))

function coded(values: readonly (string | null)[]): CodedColumn {
  const dictionary = [...new Set(values)].filter(value => value !== null)
  return {
    codes: Int32Array.from(values, value => (value === null ? -1 : dictionary.indexOf(value))),
    dictionary,
  }
}

function columnsOf(rows: readonly NaiveRow[]): { readonly rows: JudgedRows; readonly scores: Float64Array } {
  return {
    rows: {
      ...{ task: 'binary', rows: rows.length, hash: 'sha256:rows' },
      labels: Float64Array.from(rows, each => each.label ?? Number.NaN),
      columns: {
        segment: coded(rows.map(each => each.segment)),
        parent: coded(rows.map(each => each.parent)),
      },
    },
    scores: Float64Array.from(rows, each => each.score),
  }
}

const terms = { rate: 0.2, delta: 0.1, start: 0.55, maxStep: 0.1, maxRateChange: 0.15 }
const rule: ThresholdRuleData = {
  target: { kind: 'fpr', rate: terms.rate, delta: terms.delta },
  ...{ per: 'segment', within: ['parent'], maxStep: terms.maxStep, maxRateChange: terms.maxRateChange },
}

function chosen(rows: readonly NaiveRow[], former: ReturnType<typeof chooseThresholds>['set'] | null) {
  const columns = columnsOf(rows)
  const choose = Int32Array.from(rows.keys())
  const judge = new Int32Array(0)
  return chooseThresholds({ ...columns, choose, judge, rule, action: 'act', start: terms.start, former }).set
}

describe('thresholds by segment, against a naive reading of the rules', () => {
  it('agree over two cycles: own, pooled, kept, capped and infeasible', () => {
    const rows = fc.array(row, { maxLength: 120, size: 'max' })
    const seen = new Set<string>()
    fc.assert(
      fc.property(rows, rows, (first, second) => {
        let former: ReturnType<typeof chosen> | null = null
        for (const cycle of [first, second]) {
          const wanted = naiveThresholds(cycle, terms, former)
          const set = chosen(cycle, former)
          for (const [segment, { value, from, capHit }] of wanted) {
            expect(set.segments[segment], segment).toMatchObject({ value, from, capHit })
            seen.add(capHit ? 'capped' : from)
          }
          const rest = Object.keys(set.segments).filter(segment => !wanted.has(segment))
          for (const segment of rest)
            expect(set.segments[segment]).toMatchObject({
              value: former?.segments[segment]?.value,
              from: 'kept',
            })
          former = set
        }
      }),
      { numRuns: 400, seed: 11 },
    )
    const ways = [
      'own',
      'pooled(parent=x)',
      'pooled(parent=y)',
      'pooled(all)',
      'kept',
      'capped',
      'infeasible',
    ]
    expect(ways.filter(way => !seen.has(way))).toEqual([])
  })
})
