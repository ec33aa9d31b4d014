import { expect, test } from 'vitest'
import type { SliceData } from '../../definitions/index.ts'
import type { JudgedRows } from '../rows.ts'
import { cellsNamed, resolveSlices, sliceSetHash } from './resolve.ts'

const rows: JudgedRows = {
  task: 'binary',
  rows: 6,
  hash: 'sha256:0',
  labels: Float64Array.from([0, 1, 0, 1, 0, 1]),
  times: Float64Array.from(
    ['2001-04-01', '2001-05-01', '2001-04-30', '', '2001-05-02', '2001-04-03'],
    text => (text === '' ? Number.NaN : Date.parse(text) * 1000),
  ),
  columns: {
    origin: { codes: Int32Array.from([0, 1, 0, -1, 2, 0]), dictionary: ['ORD', 'LAX', 'SFO'] },
    distance: Float64Array.from([100, 900, Number.NaN, 300, 500, 900]),
  },
}

const column = (name: string, values?: readonly string[]): SliceData => ({
  name,
  of: { kind: 'column', column: name, ...(values ? { values } : {}) },
})

function cells(...slices: SliceData[]): Record<string, number[]> {
  return Object.fromEntries(resolveSlices(rows, slices).map(cell => [cell.name, [...cell.rows]]))
}

test('a column gives its values, listed ones also without rows, and what is missing', () => {
  expect(cells(column('origin'))).toEqual({
    all: [0, 1, 2, 3, 4, 5],
    'origin=ORD': [0, 2, 5],
    'origin=LAX': [1],
    'origin=SFO': [4],
    'origin=(missing)': [3],
  })
  expect(cells(column('origin', ['LAX', 'JFK']))).toEqual({
    all: [0, 1, 2, 3, 4, 5],
    'origin=LAX': [1],
    'origin=JFK': [],
    'origin=(missing)': [3],
  })
  expect(Object.keys(cells(column('month')))).toEqual([
    'all',
    'month=2001-04',
    'month=2001-05',
    'month=(missing)',
  ])
})

test('values beyond the 50 largest are others, and the choice does not depend on the order of the dictionary', () => {
  const dictionary = Array.from({ length: 60 }, (_, code) => `v${String(code).padStart(2, '0')}`)
  const many = {
    ...rows,
    rows: 61,
    columns: { a: { codes: Int32Array.from({ length: 61 }, (_, row) => row % 60), dictionary } },
  }
  const found = resolveSlices(many, [column('a')])
  expect(found).toHaveLength(52)
  expect(found[1]?.name).toBe('a=v00')
  expect(found.at(-1)).toMatchObject({ name: 'a=(other)', value: '(other)' })
  expect(found.at(-1)?.rows).toHaveLength(10)
})

test('predicates, lists and crosses are cells of their own', () => {
  const far: SliceData = {
    name: 'far',
    of: { kind: 'predicate', where: [{ column: 'distance', op: 'ge', value: 500 }] },
  }
  const unknown: SliceData = {
    name: 'unknown',
    of: { kind: 'predicate', where: [{ column: 'distance', op: 'is_null', value: true }] },
  }
  const keys: SliceData = { name: 'keys', of: { kind: 'members', column: 'origin', values: ['ORD', 'SFO'] } }
  const both: SliceData = { name: 'both', of: { kind: 'cross', first: column('origin').of, second: far.of } }
  expect(cells(far, unknown, keys, both)).toMatchObject({
    far: [1, 4, 5],
    unknown: [2],
    keys: [0, 2, 4, 5],
    'origin=ORD × distance ≥ 500': [5],
    'origin=LAX × distance ≥ 500': [1],
  })
  const named: SliceData = {
    name: 'named',
    of: { kind: 'cross', first: column('origin', ['JFK']).of, second: column('month', ['2001-04']).of },
  }
  expect(cells(named)['origin=JFK × month=2001-04']).toEqual([])
})

test('what does not fit the rows is refused with the nearest names', () => {
  expect(() => resolveSlices(rows, [column('orign')])).toThrow(
    expect.objectContaining({ code: 'COLUMN_MISSING', hint: expect.stringContaining('origin') }),
  )
  const text: SliceData = {
    name: 'x',
    of: { kind: 'predicate', where: [{ column: 'origin', op: 'lt', value: 5 }] },
  }
  expect(() => resolveSlices(rows, [text])).toThrow(expect.objectContaining({ code: 'TYPE_MISMATCH' }))
  const resolved = resolveSlices(rows, [column('origin')])
  expect(cellsNamed(resolved, 'origin')).toHaveLength(4)
  expect(cellsNamed(resolved, 'origin=ORD')).toHaveLength(1)
  expect(() => cellsNamed(resolved, 'orgin=ORD')).toThrow(
    expect.objectContaining({ code: 'UNKNOWN_SLICE', hint: expect.stringContaining('origin=ORD') }),
  )
})

test('the hash of a slice set is that of its declaration', () => {
  expect(sliceSetHash([column('origin')])).toBe(sliceSetHash([column('origin')]))
  expect(sliceSetHash([column('origin')])).not.toBe(sliceSetHash([column('origin', ['ORD'])]))
})
