import { describe, expect, it } from 'vitest'
import type { ComparedItem, Ingredient } from './model.ts'
import { classOf, firstDifference, judge } from './verdict.ts'

const none = { rows: 0, receipts: [] }
const ingredient = (state: Ingredient['state'], name = 'package files'): Ingredient => ({
  part: 'environment',
  name,
  wanted: 'CPython 3.11.7',
  found: 'CPython 3.11.9',
  how: 'here',
  state,
})
const item = (
  step: ComparedItem['step'],
  name: string,
  outcome: ComparedItem['outcome'] = 'same',
): ComparedItem => ({ step, name, outcome, wanted: 1, found: 1, detail: '' })

const allSame = [
  item('training-set', 'training set'),
  item('train', 'file model.txt'),
  item('train', 'predictions'),
  item('evaluate', 'metric roc_auc'),
  item('evaluate', 'contracts', 'unavailable'),
]
const changed = (name: string, outcome: ComparedItem['outcome']): readonly ComparedItem[] =>
  allSame.map(each => (each.name === name ? { ...each, outcome } : each))

describe('the verdict', () => {
  it.each([
    ['all equal', allSame, 'reproduced', 'R3'],
    ['only bytes of the model differ', changed('file model.txt', 'differs'), 'reproduced', 'R2'],
    ['scores within tolerance', changed('predictions', 'within tolerance'), 'reproduced', 'R2'],
    ['scores apart', changed('predictions', 'differs'), 'not reproduced', 'R1'],
    ['a metric apart', changed('metric roc_auc', 'differs'), 'not reproduced', 'R1'],
    ['other data: there is no tolerance', changed('training set', 'differs'), 'not reproduced', 'R1'],
    ['scores that could not be had', changed('predictions', 'unavailable'), 'inconclusive', 'R1'],
    ['nothing compared', [], 'inconclusive', 'R1'],
  ] as const)('%s', (_what, items, verdict, level) => {
    const found = judge({ ingredients: [ingredient('other')], erased: none, items })
    expect(found).toMatchObject({ verdict, class: level })
  })

  it('is inconclusive without an ingredient, whatever came out', () => {
    const found = judge({ ingredients: [ingredient('missing')], erased: none, items: allSame })
    expect(found).toEqual({
      verdict: 'inconclusive',
      class: 'R0',
      reason: 'does not resolve: package files',
    })
  })

  it('never calls a fit on erased rows a reproduction', () => {
    const found = judge({ ingredients: [], erased: { rows: 14, receipts: ['ers_1'] }, items: allSame })
    expect(found).toEqual({
      verdict: 'inconclusive',
      class: 'R1',
      reason: '14 rows erased, receipt ers_1',
    })
  })
})

describe('the class', () => {
  const lookedAt = '2027-01-02T00:00:00.000000Z'
  const last = {
    id: 'rep_1',
    verdict: 'reproduced',
    class: 'R3',
    reason: 'equal',
    at: '2027-01-01T00:00:00.000000Z',
  } as const
  const differed = {
    ...last,
    verdict: 'not reproduced',
    class: 'R1',
    reason: 'differed on predictions',
  } as const

  it.each([
    ['never rebuilt', {}, none, undefined, 'R1', 'not yet rebuilt', lookedAt],
    ['rebuilt to the bit', {}, none, last, 'R3', 'equal', last.at],
    ['rebuilt otherwise', {}, none, differed, 'R1', 'differed on predictions', last.at],
    [
      'rows erased since',
      {},
      { rows: 1, receipts: ['ers_1'] },
      last,
      'R1',
      '1 row erased, receipt ers_1',
      lookedAt,
    ],
    [
      'something gone since, for longest first',
      { seed: lookedAt, 'package files': '2026-12-30T00:00:00.000000Z' },
      none,
      last,
      'R0',
      'does not resolve: seed, package files',
      '2026-12-30T00:00:00.000000Z',
    ],
  ] as const)('of one %s', (_what, missing, erased, report, level, reason, at) => {
    expect(classOf({ missing, erased, lookedAt, last: report })).toMatchObject({ class: level, reason, at })
  })
})

describe('the first step that differs', () => {
  it('is the earliest, with what was not as it had been', () => {
    const items = [item('evaluate', 'metric brier', 'differs'), item('train', 'file model.txt', 'differs')]
    expect(firstDifference(items, [ingredient('other', 'interpreter'), ingredient('found')])).toEqual({
      step: 'train',
      because: ['interpreter: CPython 3.11.7 → CPython 3.11.9'],
    })
  })
  it('names other data before anything else', () => {
    const items = [item('training-set', 'training set', 'differs')]
    expect(firstDifference(items, [])).toEqual({
      step: 'training-set',
      because: ['nothing that was recorded: the step is not deterministic'],
    })
  })
  it('is none when all is equal', () => expect(firstDifference(allSame, [])).toBeNull())
})
