import { expect, test } from 'vitest'
import { fairnessSection, importanceSection } from './judged.ts'

const rate = (value: number) => ({ value, interval: { lower: value - 0.1, upper: value + 0.1 } })
const fairness = {
  schema: 1,
  columns: [
    {
      column: 'sex',
      undefined: null,
      groups: [
        {
          group: 'women',
          rows: 120,
          metrics: {
            selection_rate: rate(0.25),
            tpr: { value: { undefined: 'too-few' }, interval: null },
            fpr: rate(0.5),
            precision: rate(0.75),
          },
        },
      ],
      disparities: [
        { metric: 'selection_rate', verdict: 'fail', sentence: 'sex women is worse off.' },
        { metric: 'tpr', verdict: null, sentence: 'not limited' },
      ],
    },
    { column: 'faith', undefined: 'no-attribute', groups: [], disparities: [] },
  ],
}
const remark = { name: 'Remarks', value: 'Seen.', missing: null, writtenBy: 'jo' }

test('fairness: verdicts with who is worse off, a table of groups, undefined cells with their reason', () => {
  const { rows, table } = fairnessSection(fairness, [remark])
  expect(rows.map(({ name, value }) => [name, value])).toEqual([
    ['selection_rate by sex', 'fail: sex women is worse off.'],
    ['faith', 'undefined (no-attribute)'],
    ['Remarks', 'Seen.'],
  ])
  expect(table?.rows).toEqual([
    [
      ...['sex', 'women', '120', '0.25', '0.15 – 0.35', 'undefined (too-few)', '–'],
      ...['0.5', '0.4 – 0.6', '0.75', '0.65 – 0.85'],
    ],
  ])
  expect(table?.head).toHaveLength(11)
})

test('importance: the strongest inputs, and over how many rows', () => {
  const { rows, table } = importanceSection({
    ...{ schema: 1, variant: 'path_dependent', rows: 2000 },
    features: Array.from({ length: 30 }, (_, i) => ({ feature: `f${i}`, share: 0.5, meanAbs: 1.5 })),
  })
  expect(rows[0]?.value).toBe('mean |φ| over 2000 rows, path_dependent')
  expect(table?.rows).toHaveLength(20)
  expect(table?.rows[0]).toEqual(['f0', '0.5', '1.5'])
})

test('what was not judged is said to be not measured', () => {
  expect(fairnessSection(undefined, [])).toMatchObject({
    rows: [{ name: 'Verdicts', missing: 'not measured' }],
    table: null,
  })
  expect(importanceSection(undefined)).toMatchObject({ rows: [{ missing: 'not measured' }], table: null })
})
