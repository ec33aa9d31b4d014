import { describe, expect, it } from 'vitest'
import type { RunRow } from '../../../api/tracking-runs.ts'
import { flatRows, mergeRows, nestRows, valueIn } from './run-items.ts'

const row = (id: string, values: (string | number | null)[], parent: string | null = null) =>
  ({ id, values, parent }) as RunRow
const page = (columns: readonly string[], ...items: RunRow[]) => ({ items, columns })

describe('rows of pages', () => {
  it('show what changed since, but only when it has the same columns', () => {
    const pages = [page(['a'], row('1', [1]), row('2', [2]))]
    expect(mergeRows(pages, page(['a'], row('2', [5]))).map(each => each.row.values)).toEqual([[1], [5]])
    expect(mergeRows(pages, page(['b'], row('2', [5]))).map(each => each.row.values)).toEqual([[1], [2]])
  })
  it('hold a run once, though it moved to the next page meanwhile', () => {
    const pages = [page(['a'], row('1', [1]), row('2', [2])), page(['a'], row('2', [2]), row('3', [3]))]
    expect(mergeRows(pages, undefined).map(each => each.row.id)).toEqual(['1', '2', '3'])
  })
  it('are read by the columns they were asked with', () => {
    const [item] = flatRows(mergeRows([page(['a', 'b'], row('1', [1, null]))], undefined))
    expect(item && ['b', 'a', 'c'].map(column => valueIn(item, column))).toEqual([null, 1, undefined])
  })
  it('nest below their parents when these are open', () => {
    const parents = mergeRows([page([], row('p', []), row('q', []))], undefined)
    const children = page([], row('x', [], 'p'), row('y', [], 'p'))
    const shape = (open: string[]) =>
      nestRows(parents, children, new Set(open)).map(each => [each.row.id, each.depth, each.children])
    expect(shape([])).toEqual([
      ['p', 0, 2],
      ['q', 0, 0],
    ])
    expect(shape(['p'])).toEqual([
      ['p', 0, 2],
      ['x', 1, undefined],
      ['y', 1, undefined],
      ['q', 0, 0],
    ])
  })
})
