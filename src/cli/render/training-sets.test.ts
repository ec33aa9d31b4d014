import { expect, it } from 'vitest'
import type { TrainingSet } from '../../api/training-sets.ts'
import { compareSets, type VerifiedSet } from './training-set-diff.ts'
import { renderTrainingSet, renderTrainingSets, renderVerification } from './training-sets.ts'

const set: TrainingSet = {
  id: 'ds-1',
  name: 'late',
  number: 1,
  definitionVersion: 1,
  rows: 1200,
  asOf: '2001-05-01T00:00:00.000000Z',
  checksum: 'sha256:a',
  reproducible: true,
  createdAt: '2001-05-01T00:00:00.000000Z',
  author: 'ana',
  pipelineRun: null,
  definition: 'sha256:d',
  engine: 'duckdb 1.5.5',
  spineRows: 1300,
  excluded: { immature: 100, unlabelled: 0 },
  splits: { train: 1200 },
  sources: { flights: 'files:1' },
  columns: [
    { name: '__row', type: 'int64', role: 'row', flags: [] },
    { name: 'a', type: 'float64', role: 'feature', flags: ['rounding'] },
    { name: 'b', type: 'int64', role: 'feature', flags: [] },
    { name: 'late', type: 'bool', role: 'label', flags: [] },
  ],
  statuses: { a: { P: 1000, N: 150, F: 50 } },
  files: [{ path: 'part-0.parquet', bytes: 2_000_000, sha256: 'f' }],
  stored: true,
}
const now = Date.parse('2001-05-01T00:05:00Z')
const full: VerifiedSet = { set, columns: { __row: '1', a: '2', b: '3', late: '4' } }

it('compares sets: the same rows without a feature, other rows, and nothing at all', () => {
  expect(compareSets(full, full)).toEqual([])
  const less: VerifiedSet = {
    set: {
      ...set,
      name: 'less',
      checksum: 'sha256:b',
      definition: 'x',
      columns: set.columns.filter(each => each.name !== 'b'),
    },
    columns: { __row: '1', a: '2', late: '4' },
  }
  expect(compareSets(full, less)).toEqual([
    'the same 1 200 rows with the same __row, late: models can be compared on them',
    'only in late@v1: b',
    'equal values: a',
    'made from other definitions',
  ])
  const newer: VerifiedSet = {
    set: {
      ...set,
      number: 2,
      checksum: 'sha256:c',
      rows: 1300,
      asOf: '2001-06-01',
      sources: { flights: 'files:2' },
    },
    columns: { __row: '9', a: '8', b: '3', late: '4' },
  }
  expect(compareSets(full, newer)).toEqual([
    'rows: 1200 and 1300',
    'other rows: __row differs',
    'other values: a',
    'equal values: b',
    'as of 2001-05-01T00:00:00.000000Z and 2001-06-01',
    'other versions of sources: flights',
  ])
})

it('shows a manifest in words', () => {
  const text = renderTrainingSet(set, now)
  expect(text).toContain('1 200 rows of 1 300 in the spine, 100 immature\n')
  expect(text).toContain('150 null, 50 not found')
  expect(text).toContain('2 MB')
  expect(renderTrainingSet({ ...set, stored: false }, now)).toContain('no longer stored')
  expect(renderTrainingSets([], now)).toContain('fettle training-sets build')
  expect(renderTrainingSets([set], now)).toMatch(/late@v1 +1 200/)
  const bad = { id: 'ds-1', ok: false, differences: ['rows are 3'], rows: 3, checksum: 'x', columns: {} }
  expect(renderVerification(bad)).toBe('ds-1 is not as it was built:\n  rows are 3\n')
})
