import { describe, expect, it } from 'vitest'
import { parseColumn, type RunColumn } from './run-column.ts'
import { nextOrder, readColumns, sameView, searchOf, viewOf, writeColumns } from './table-state.ts'

const column = (text: string) => parseColumn(text) as RunColumn

describe('order', () => {
  it('starts with the better end, turns, and ends', () => {
    const auc = column('metrics.roc_auc')
    expect(nextOrder(auc, undefined)).toBe('metrics.roc_auc DESC')
    expect(nextOrder(auc, 'metrics.roc_auc DESC')).toBe('metrics.roc_auc ASC')
    expect(nextOrder(auc, 'metrics.roc_auc ASC')).toBeUndefined()
    expect(nextOrder(column('metrics.judge.log_loss'), 'metrics.roc_auc ASC')).toBe(
      'metrics.judge.log_loss ASC',
    )
  })
  it('has the newest first', () => {
    expect(nextOrder(column('started'), undefined)).toBe('start_time DESC')
    expect(nextOrder(column('took'), 'start_time DESC')).toBe('duration ASC')
  })
})

describe('the address', () => {
  it('holds columns, without what is none and what is there twice', () => {
    const text = 'state,metrics.auc.max,nonsense,params.depth,state'
    expect(writeColumns(readColumns(text) ?? [])).toBe('state,metrics.auc.max,params.depth')
    expect(readColumns(undefined)).toBeUndefined()
  })
  it('is what a saved view holds, there and back', () => {
    const search = {
      filter: 'metrics.a > 1',
      order: 'metrics.a DESC',
      columns: 'state,params.b',
      pick: 'r1,r2',
    }
    const content = viewOf({ ...search, view: 'view_1', open: 'x' })
    expect(searchOf(content)).toMatchObject(search)
    expect(sameView(content, search)).toBe(true)
    expect(sameView(content, { ...search, filter: undefined })).toBe(false)
  })
})
