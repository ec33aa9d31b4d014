import { describe, expect, it } from 'vitest'
import { fraud, payments, screen, shop, spending } from '../../../test/support/screened-payments.ts'
import type { Duration } from '../../kernel/time.ts'
import type { DeploymentOptions } from '../deployment.ts'
import {
  atLeast,
  atMost,
  better,
  byColumn,
  byMonth,
  type ContractData,
  checkProject,
  constant,
  cross,
  type Definition,
  type DeploymentData,
  deployment,
  fair,
  ge,
  keyUsers,
  neverTrade,
  noWorse,
  relative,
  rollout,
  threshold,
  where,
  within,
} from '../index.ts'

const options = {
  model: screen,
  action: threshold('block', 0.9),
  fallback: constant(0),
  entity: 'customer',
  slices: [
    byColumn('country', ['DE', 'FR']),
    byColumn('shop'),
    byMonth(),
    where('large', column => ge(column('amount'), 1000)),
    keyUsers('key_accounts', 'customer', ['c-1', 'c-2']),
    cross('country_by_month', byColumn('country', ['DE', 'FR']), byMonth()),
  ],
  contracts: [
    atMost('fpr', 0.1).on('country', 'month'),
    noWorse('recall', { margin: relative(0.1, { floor: { events: 3 } }) }).on('key_accounts', 'large'),
    better('roc_auc', { by: 0.01 }),
    within('action_rate', { margin: relative(0.2, { floor: { rate: 0.01 } }) }).on('country_by_month'),
    neverTrade({ hold: 'fpr', slack: 0.01, gain: 'recall', by: 0.02 }),
    fair('selection_rate', { column: 'gender', limit: 0.1 }),
    noWorse('cost', { margin: 0.5 }).on('shop').watched().cluster('shop'),
    atMost('slow_rate', 0.01).at('canary').dryRun(3),
  ],
  rollout: rollout(),
  costs: { falsePositive: 5, falseNegative: 100 },
  fairness: { columns: ['gender', 'country'], crosses: [['gender', 'country']] },
  purpose: {
    audience: 'shops',
    story: 'Fewer honest buyers are turned away.',
    number: { name: 'turned away', unit: '%', direction: 'down', baseline: 1, target: 0.8, matters: 0.05 },
    owner: 'payments',
    review: '30d',
  },
} satisfies DeploymentOptions<{ amount: number; shop: string }>

type Options = DeploymentOptions<{ readonly shop: string; readonly amount: number }>

function problemsOf(changes: Partial<Options> | ((data: DeploymentData) => object) = {}) {
  const data = deployment('block', typeof changes === 'function' ? options : { ...options, ...changes })
  const written = typeof changes === 'function' ? { ...data, ...changes(data) } : data
  return checkProject({
    name: 'p',
    definitions: [shop, payments, spending, fraud, screen, written].map(
      each => JSON.parse(JSON.stringify(each)) as Definition,
    ),
    locations: {},
  })
}

const recall = noWorse('recall', { margin: 0.02 })
/** As a file would have it that no compiler has seen. */
const unchecked = (contract: object): readonly ContractData[] => [
  { ...recall.data, ...contract } as ContractData,
]
const rule = (target: object, more: object = {}) => ({
  action: { name: 'block', threshold: 0.5, rule: { target, ...more } },
})

it('finds nothing wrong with the deployment that the others break', () => expect(problemsOf()).toEqual([]))

describe('contracts that cannot be meant', () => {
  const cases: readonly (readonly [string, readonly ContractData[], string, RegExp])[] = [
    ['slice', [recall.on('contry').data], 'UNKNOWN_SLICE', /contry.*Nearest: country/],
    ['no slice', [recall.on().data], 'DEFINITION_EMPTY', /on no slice/],
    [
      'metric',
      unchecked({ claim: { form: 'atMost', metric: 'recal', limit: 1 } }),
      'UNKNOWN_METRIC',
      /Nearest: recall/,
    ],
    [
      'form',
      unchecked({ claim: { form: 'notWorse', metric: 'recall' } }),
      'BAD_PARAMETER',
      /Nearest: noWorse/,
    ],
    ['metric of another task', [atMost('mae', 3).data], 'BAD_PARAMETER', /no metric of a binary model/],
    ['requests offline', [atMost('error_rate', 0.01).data], 'BAD_PARAMETER', /at\('shadow'\)/],
    [
      'a direction of none',
      unchecked({ claim: { form: 'noWorse', metric: 'action_rate', margin: 0.1 } }),
      'BAD_PARAMETER',
      /within\('action_rate'/,
    ],
    ['margin', [noWorse('recall', { margin: -0.1 }).data], 'NEGATIVE_MARGIN', /margin .* is -0.1/],
    ['margin', [noWorse('recall', { margin: Number.NaN }).data], 'NEGATIVE_MARGIN', /null|NaN/],
    ['gain', [better('recall', { by: -0.1 }).data], 'NEGATIVE_MARGIN', /by .* is -0.1/],
    ['slack', [neverTrade({ hold: 'fpr', slack: -1, gain: 'recall' }).data], 'NEGATIVE_MARGIN', /slack/],
    ['equal to the last digit', [within('fpr', { margin: 0 }).data], 'BAD_PARAMETER', /exactly equal/],
    ['alpha 0', [recall.alpha(0).data], 'ALPHA_OUT_OF_RANGE', /alpha .* is 0/],
    ['alpha ½', [recall.alpha(0.5).data], 'ALPHA_OUT_OF_RANGE', /below 0.5/],
    [
      'floor',
      unchecked({ claim: { form: 'noWorse', metric: 'recall', margin: { relative: 0.1 } } }),
      'RELATIVE_WITHOUT_FLOOR',
      /floor: \{ rate/,
    ],
    [
      'floor of no events',
      [noWorse('roc_auc', { margin: relative(0.1, { floor: { events: 2 } }) }).data],
      'BAD_PARAMETER',
      /does not count events/,
    ],
    ['limit', [atMost('fpr', 0).data], 'BAD_PARAMETER', /no rows can decide/],
    ['limit', [atLeast('recall', 1.2).data], 'BAD_PARAMETER', /no rows can decide/],
    ['power', [recall.power(1).data], 'BAD_PARAMETER', /power is 1/],
    ['looks', [recall.looks(0).data], 'BAD_PARAMETER', /looks is 0/],
    ['maturity', [recall.maturity(90).data], 'BAD_PARAMETER', /maturity is 90/],
    ['dry run', [recall.dryRun(1.5).data], 'BAD_PARAMETER', /dryRun is 1.5/],
    ['assumed', [recall.assuming({ disagreement: 2 }).data], 'BAD_PARAMETER', /disagreement is 2/],
    ['window', [recall.window('soon' as Duration).data], 'BAD_DURATION', /soon/],
    ['cluster', [recall.cluster('custmer').data], 'COLUMN_UNKNOWN', /Nearest: customer/],
    ['fair column', [fair('tpr', { column: 'gendr', limit: 0.1 }).data], 'COLUMN_UNKNOWN', /Nearest: gender/],
    ['fair limit', [fair('tpr', { column: 'gender', limit: 0 }).data], 'BAD_PARAMETER', /no rows can decide/],
    [
      'names',
      [recall.data, recall.on('month').named(recall.data.name).data],
      'NAME_COLLISION',
      /two contracts/,
    ],
    [
      'a column without a list',
      [recall.on('shop').data],
      'BAD_PARAMETER',
      /lists no values.*byColumn\('shop'/,
    ],
  ]
  it.each(cases)('%s', (_what, contracts, code, said) => {
    const [problem, ...others] = problemsOf({ contracts })
    expect(others).toEqual([])
    expect(problem?.code).toBe(code)
    expect(`${problem?.message} ${problem?.hint}`).toMatch(said)
  })

  it.each([
    ['limits', atMost('fpr', 0.1), atLeast('fpr', 0.2), /at most 0.1 and at least 0.2/],
    ['a gain of what stays', better('recall', { by: 0.05 }), within('recall', { margin: 0.05 }), /gain 0.05/],
    [
      'a trade',
      neverTrade({ hold: 'fpr', slack: 0.01, gain: 'recall', by: 0.1 }),
      within('recall', { margin: 0.02 }),
      /gain 0.1/,
    ],
  ])('two of which no release keeps both: %s', (_what, first, second, said) => {
    const pair = (a: typeof first, b: typeof second) =>
      problemsOf({ contracts: [a, b] }).map(each => each.code)
    expect(pair(first, second)).toEqual(['CONTRADICTORY_CONTRACTS'])
    expect(problemsOf({ contracts: [second, first] })[0]?.message).toMatch(said)
    expect(pair(first.on('month'), second.on('country'))).toEqual([])
    expect(pair(first, second.watched())).toEqual([])
  })

  it('without an action or costs', () => {
    const { action: _action, costs: _costs, ...bare } = options
    const data = deployment('block', { ...bare, contracts: [recall, noWorse('cost', { margin: 1 })] })
    const found = problemsOf(() => ({ ...data, action: undefined, costs: undefined }))
    expect(found.map(each => [each.path, each.code])).toEqual([
      ['contracts.recall_no_worse', 'BAD_PARAMETER'],
      ['contracts.cost_no_worse', 'BAD_PARAMETER'],
      ['contracts.cost_no_worse', 'BAD_PARAMETER'],
    ])
  })
})

describe('slices, segments and what else a deployment says', () => {
  const cases: readonly (readonly [string, object, string, RegExp])[] = [
    ['column', { slices: [byColumn('cuntry')] }, 'COLUMN_UNKNOWN', /Nearest: country/],
    ['predicate', { slices: [where('large', c => ge(c('amuont'), 1))] }, 'COLUMN_UNKNOWN', /amount/],
    ['type', { slices: [where('large', c => ge(c('country'), 1))] }, 'COLUMN_TYPE', /compared with 1/],
    ['no predicate', { slices: [where('large', () => [])] }, 'DEFINITION_EMPTY', /every row/],
    ['empty list', { slices: [keyUsers('keys', 'customer', [])] }, 'BAD_PARAMETER', /empty/],
    ['twice', { slices: [byColumn('country', ['DE', 'DE'])] }, 'BAD_PARAMETER', /twice/],
    ['name', { slices: [byMonth('all')] }, 'NAME_COLLISION', /every row/],
    ['names', { slices: [byMonth(), byColumn('shop', ['a'], 'month')] }, 'NAME_COLLISION', /two slices/],
    [
      'cross of a cross',
      { slices: [cross('x', cross('y', byMonth(), byMonth()), byMonth())] },
      'BAD_PARAMETER',
      /more than two/,
    ],
    ['entity', { entity: 'costumer' }, 'COLUMN_UNKNOWN', /Nearest: customer/],
    ['costs', { costs: { falsePositive: -1, falseNegative: 1 } }, 'BAD_PARAMETER', /no amount/],
    ['story', { purpose: { ...options.purpose, story: 'x'.repeat(601) } }, 'BAD_PARAMETER', /601/],
    ['review', { purpose: { ...options.purpose, review: '91d' } }, 'BAD_PARAMETER', /too seldom/],
    [
      'matters',
      { purpose: { ...options.purpose, number: { ...options.purpose.number, matters: 0 } } },
      'BAD_PARAMETER',
      /above 0/,
    ],
    ['fairness', { fairness: { columns: ['gendr'] } }, 'COLUMN_UNKNOWN', /gender/],
    [
      'fairness cross',
      { fairness: { columns: ['gender'], crosses: [['gender', 'country']] } },
      'COLUMN_UNKNOWN',
      /none of the sensitive/,
    ],
    [
      'fairness rows',
      { fairness: { columns: ['gender'], minDenominator: 0 } },
      'BAD_PARAMETER',
      /no number of rows/,
    ],
    ['rate', rule({ kind: 'fpr', rate: 1, delta: 0.05 }), 'BAD_PARAMETER', /target.rate is 1/],
    ['delta', rule({ kind: 'fpr', rate: 0.1, delta: 0 }), 'BAD_PARAMETER', /target.delta is 0/],
    ['capacity', rule({ kind: 'capacity', perDay: 0, delta: 0.05 }), 'BAD_PARAMETER', /perDay is 0/],
    [
      'cap',
      rule({ kind: 'cost', falsePositive: 1, falseNegative: 5 }, { maxStep: 0 }),
      'BAD_PARAMETER',
      /maxStep is 0/,
    ],
    [
      'segment',
      rule({ kind: 'fpr', rate: 0.1, delta: 0.05 }, { per: 'country' }),
      'COLUMN_UNKNOWN',
      /no caller sends/,
    ],
    [
      'inheritance',
      rule({ kind: 'fpr', rate: 0.1, delta: 0.05 }, { per: 'shop', within: ['shop'] }),
      'BAD_PARAMETER',
      /twice/,
    ],
    [
      'no segments',
      rule({ kind: 'fpr', rate: 0.1, delta: 0.05 }, { within: ['shop'] }),
      'BAD_PARAMETER',
      /no segments/,
    ],
  ]
  it.each(cases)('%s', (_what, changes, code, said) => {
    const [problem, ...others] = problemsOf(() => ({ contracts: [], ...changes }))
    expect(others).toEqual([])
    expect(problem?.code).toBe(code)
    expect(`${problem?.message} ${problem?.hint}`).toMatch(said)
  })
})
