import { describe, expect, it } from 'vitest'
import { completed, unfinishedAt } from './completion.ts'

const at = (filter: string) => unfinishedAt(filter, filter.length)

describe('completion of a filter', () => {
  it.each([
    ['metrics.au', { kind: 'metrics', text: 'au', start: 0 }],
    ['metrics.auc > 0.5 and params.`de', { kind: 'params', text: 'de', start: 22 }],
    ['not (tag.', { kind: 'tags', text: '', start: 5 }],
    ['metrics.auc > 1 or attr', { kind: 'field', text: 'attr', start: 19 }],
    ['me', { kind: 'field', text: 'me', start: 0 }],
  ])('%s', (filter, unfinished) => {
    expect(at(filter)).toEqual(unfinished)
  })
  it.each(['', 'metrics.auc > 0.5', "tags.team = 'metrics.a", 'metrics.auc an'])('%s: nothing', filter => {
    expect(at(filter)).toBeUndefined()
  })
  it('puts the choice in place of the word', () => {
    const filter = 'metrics.au > 1'
    const unfinished = unfinishedAt(filter, 9)
    expect(unfinished && completed(filter, unfinished, { caret: 9, choice: 'metrics.auc' })).toEqual({
      filter: 'metrics.auc > 1',
      caret: 11,
    })
  })
})
