import { describe, expect, it } from 'vitest'
import { canonicalJson, type Json } from '../kernel/canonical.ts'
import {
  atLeast,
  atMost,
  better,
  byColumn,
  byMonth,
  cross,
  fair,
  ge,
  keyUsers,
  neverTrade,
  noWorse,
  relative,
  where,
  within,
} from './index.ts'

describe('contracts', () => {
  it('are plain frozen data however they are chained', () => {
    const { data } = noWorse('recall', { margin: relative(0.2, { floor: { rate: 0.01 } }) })
      .on('origin', 'month')
      .watched()
      .at('shadow')
      .alpha(0.01)
      .power(0.9)
      .looks(1)
      .window('1440m')
      .maturity(0.8)
      .cluster('customer')
      .dryRun(3)
      .named('kept')
      .assuming({ disagreement: 0.02 })
    expect(data).toEqual({
      name: 'kept',
      claim: { form: 'noWorse', metric: 'recall', margin: { relative: 0.2, floor: { rate: 0.01 } } },
      slices: ['origin', 'month'],
      status: 'watched',
      stage: 'shadow',
      alpha: 0.01,
      power: 0.9,
      looks: 1,
      window: '1d',
      maturity: 0.8,
      cluster: 'customer',
      dryRun: 3,
      assume: { disagreement: 0.02 },
    })
    expect(JSON.parse(canonicalJson(data as unknown as Json))).toEqual(data)
    expect(Object.isFrozen(data) && Object.isFrozen(data.slices) && Object.isFrozen(data.claim)).toBe(true)
  })

  it('stay as they are when another is made of them', () => {
    const first = atMost('fpr', 0.1)
    const second = first.on('origin').watched()
    expect(first.data).toMatchObject({ slices: ['all'], status: 'protected', stage: 'offline' })
    expect(second.protected().data.status).toBe('protected')
  })

  it.each([
    [atMost('fpr', 0.1), 'fpr_at_most'],
    [atLeast('recall', 0.5).on('origin', 'month'), 'recall_at_least_on_origin_month'],
    [better('roc_auc').at('canary'), 'roc_auc_better_at_canary'],
    [within('action_rate', { margin: 0.1 }).on('all'), 'action_rate_within'],
    [neverTrade({ hold: 'fpr', slack: 0.01, gain: 'recall' }), 'never_trade_fpr_for_recall'],
    [fair('tpr', { column: 'gender', limit: 0.1 }), 'fair_tpr_by_gender'],
    [noWorse('recall', { margin: 0 }).named('mine').on('origin'), 'mine'],
  ])('are named by what they claim', (contract, name) => expect(contract.data.name).toBe(name))

  it('are not written with a misspelt metric, form or stage', () => {
    // @ts-expect-error no such metric
    atMost('recal', 0.1)
    // @ts-expect-error an action rate has no better side
    noWorse('action_rate', { margin: 0.1 })
    // @ts-expect-error no such stage
    atMost('fpr', 0.1).at('production')
    // @ts-expect-error a relative margin needs a floor
    expect(() => relative(0.1)).toThrow()
    // @ts-expect-error not a duration
    expect(() => atMost('fpr', 0.1).window('soon')).not.toThrow()
    // @ts-expect-error only false-positive rate is held
    neverTrade({ hold: 'recall', slack: 0.1, gain: 'fpr' })
    // @ts-expect-error no metric of groups
    fair('roc_auc', { column: 'gender', limit: 0.1 })
  })
})

describe('slices', () => {
  it('are named by their column, or as they are told', () => {
    const slices = [
      byColumn('origin', ['ORD', 'ATL']),
      byColumn('origin', undefined, 'anywhere'),
      byMonth(),
      where('long_haul', column => ge(column('distance'), 2000)),
      keyUsers('key_accounts', 'customer', ['c-1']),
      cross('origin_by_month', byColumn('origin', ['ORD']), byMonth()),
    ]
    expect(slices).toEqual([
      { name: 'origin', of: { kind: 'column', column: 'origin', values: ['ORD', 'ATL'] } },
      { name: 'anywhere', of: { kind: 'column', column: 'origin' } },
      { name: 'month', of: { kind: 'column', column: 'month' } },
      {
        name: 'long_haul',
        of: { kind: 'predicate', where: [{ column: 'distance', op: 'ge', value: 2000 }] },
      },
      { name: 'key_accounts', of: { kind: 'members', column: 'customer', values: ['c-1'] } },
      {
        name: 'origin_by_month',
        of: {
          kind: 'cross',
          first: { kind: 'column', column: 'origin', values: ['ORD'] },
          second: { kind: 'column', column: 'month' },
        },
      },
    ])
    expect(slices.every(each => Object.isFrozen(each) && Object.isFrozen(each.of))).toBe(true)
  })
})
