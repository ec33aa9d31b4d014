import { describe, expect, it } from 'vitest'
import { contractRows, placeNames } from '../../../test/support/contract-rows.ts'
import {
  atLeast,
  atMost,
  better,
  byColumn,
  type Contract,
  fair,
  neverTrade,
  noWorse,
  relative,
  within,
} from '../../definitions/index.ts'
import { judgeContracts } from './judge.ts'
import type { ContractsRequest } from './request.ts'

const places = 10
const world = contractRows({ seed: 'judge', rows: 20_000, places })
const broken = contractRows({
  seed: 'judge',
  rows: 20_000,
  places,
  broken: { place: 7, misses: 0.2 },
})
const slices = [byColumn('place', placeNames(places))]

function judge(contracts: readonly Contract[], changes: Partial<ContractsRequest> = {}) {
  return judgeContracts({ ...world, slices, contracts: contracts.map(each => each.data), ...changes })
}
const cellAt = (report: ReturnType<typeof judge>, slice: string) =>
  report.cells.find(cell => cell.slice === slice)

const recall = noWorse('recall', { margin: 0.05 })

describe('a release', () => {
  it('that is good on average and breaks one place is refused there, in plain words', () => {
    const report = judge([recall.on('place', 'all'), noWorse('fpr', { margin: 0.02 }).on('place')], broken)
    expect(report.verdict).toBe('fail')
    expect(report.cells[0]).toMatchObject({
      slice: 'place=p7',
      verdict: 'fail',
      claim: 'recall may not fall by more than 0.05',
      margin: 0.05,
      needed: 0,
    })
    expect(cellAt(report, 'all')?.verdict).toBe('pass')
    expect(report.summary).toMatch(
      /^Refused: at place=p7 recall fell by 0\.\d+ \(at least 0\.\d+\), allowed is 0\.05(; \d+ of 21 checks undecided)?\.$/,
    )
    expect(report.cells[0]?.advice).toMatch(/Look at the rows that flipped here/)
  })

  it('that is equal passes, with every number a page needs', () => {
    const report = judge([recall.on('all'), within('action_rate', { margin: 0.02 })])
    expect(report).toMatchObject({
      verdict: 'pass',
      summary: 'Passed: all 2 checks hold.',
      family: 2,
      alpha: 0.05,
      judgedOn: 20_000,
      chosenOn: 0,
    })
    for (const cell of report.cells) {
      expect(cell.planned).toBeGreaterThan(30)
      expect(cell.effective).toBe(
        cell.metric === 'recall' ? world.rows.labels.filter(each => each === 1).length : 20_000,
      )
      expect(cell.advice).toMatch(/Nothing to do\.$/)
    }
  })

  it('without enough rows is undecided, and told how many are missing', () => {
    const few = Int32Array.from({ length: 300 }, (_, row) => row)
    const report = judge([noWorse('recall', { margin: 0.04 })], { judge: few })
    expect(report.verdict).toBe('inconclusive')
    expect(report.summary).toMatch(
      /^Undecided: 1 of 1 checks could not be decided; .* needs [\d ]+ more rows\.$/,
    )
    expect(report.cells[0]?.advice).toMatch(/About [\d ]+ more rows decide it/)
  })

  it('is not refused by what is watched or on trial, which say what they would have done', () => {
    const report = judge(
      [recall.on('all'), recall.on('place').watched(), recall.on('place').named('new').dryRun(2)],
      {
        ...broken,
        observed: { new: 1 },
      },
    )
    expect(report.verdict).toBe('pass')
    expect(report.summary).toBe('Passed: the one check holds. Contracts on trial would refuse it.')
    expect(report.cells.filter(cell => cell.verdict === 'fail').map(cell => cell.status)).toEqual([
      'dry-run',
      'watched',
    ])
    expect(report.cells.filter(cell => cell.pFailHolm !== null)).toHaveLength(1)
    expect(
      judge([recall.on('place').named('new').dryRun(2)], { ...broken, observed: { new: 2 } }).verdict,
    ).toBe('fail')
  })

  it('has to keep both parts of a trade', () => {
    const trade = neverTrade({ hold: 'fpr', slack: 0.02, gain: 'recall', by: 0.05 })
    const report = judge([trade])
    expect(report.cells.map(cell => [cell.metric, cell.verdict])).toEqual([
      ['recall', 'fail'],
      ['fpr', 'pass'],
    ])
    expect(report.verdict).toBe('fail')
  })
})

describe('margins', () => {
  const relativeMargin = within('action_rate', { margin: relative(0.2, { floor: { rate: 0.01 } }) })

  it('that are relative are resolved from the champion, fixed in the hash, and kept when given', () => {
    const report = judge([relativeMargin])
    const rate = world.champion.actions?.reduce((sum, each) => sum + each, 0) ?? 0
    expect(report.cells[0]?.margin).toBeCloseTo((0.2 * rate) / 20_000, 12)
    const later = judge([relativeMargin], { margins: { 'action_rate_within|all': 0.03 } })
    expect(later.cells[0]?.margin).toBe(0.03)
    expect(later.setHash).not.toBe(report.setHash)
    expect(judge([relativeMargin]).setHash).toBe(report.setHash)
  })

  it('of k events need k events more before they break', () => {
    const margin = (events: number) => relative(0, { floor: { events } })
    const at = (events: number) => judge([noWorse('recall', { margin: margin(events) }).on('place')], broken)
    expect(cellAt(at(1), 'place=p7')?.verdict).toBe('fail')
    expect(cellAt(at(400), 'place=p7')?.verdict).not.toBe('fail')
  })
})

describe('what cannot be measured is said', () => {
  const labels = world.rows.labels
  const withRows = (changes: object) => ({ rows: { ...world.rows, ...changes } })
  const none = new Int32Array(0)
  const nan = Float64Array.from(world.challenger.scores, (score, row) => (row === 5 ? Number.NaN : score))
  const cases: readonly (readonly [string, Contract, Partial<ContractsRequest>, string])[] = [
    ['no rows', within('action_rate', { margin: 0.1 }), { judge: none }, 'no-rows'],
    ['one class', noWorse('fpr', { margin: 0.1 }), withRows({ labels: labels.map(() => 1) }), 'no-negatives'],
    [
      'one class',
      noWorse('roc_auc', { margin: 0.1 }),
      withRows({ labels: labels.map(() => 1) }),
      'no-negatives',
    ],
    [
      'no action',
      atLeast('precision', 0.1),
      { challenger: { ...world.challenger, actions: new Uint8Array(20_000) } },
      'nothing-acted',
    ],
    ['no actions', recall, { challenger: { scores: world.challenger.scores } }, 'no-actions'],
    [
      'scores',
      noWorse('roc_auc', { margin: 0.1 }),
      { challenger: { ...world.challenger, scores: nan } },
      'not-a-number',
    ],
    [
      'probabilities',
      noWorse('brier', { margin: 0.1 }),
      { challenger: { ...world.challenger, scores: world.challenger.scores.map(each => each + 1) } },
      'not-a-probability',
    ],
    [
      'immature labels',
      recall,
      withRows({ labels: labels.map((each, row) => (row % 5 === 0 ? Number.NaN : each)) }),
      'labels-immature',
    ],
    [
      'unseen labels',
      recall,
      withRows({
        labels: labels.map((each, row) => (row === 0 ? Number.NaN : each)),
        unlabelled: new Uint8Array(20_000).fill(2),
      }),
      'labels-unobservable',
    ],
    ['too few', recall, { judge: Int32Array.from({ length: 40 }, (_, row) => row) }, 'too-few'],
    [
      'too few entities',
      noWorse('roc_auc', { margin: 0.1 }),
      { judge: Int32Array.from({ length: 19 }, (_, row) => row) },
      'too-few',
    ],
    [
      'unstable',
      noWorse('precision', { margin: 0.1 }),
      {
        champion: {
          ...world.champion,
          actions: Uint8Array.from({ length: 20_000 }, (_, row) => Number(row === 3)),
        },
        judge: Int32Array.from({ length: 50 }, (_, row) => row),
      },
      'unstable',
    ],
    [
      'another task',
      noWorse('recall', { margin: 0.1 }),
      withRows({ task: 'regression' }),
      'not-of-this-task',
    ],
    ['requests', atMost('error_rate', 0.1).at('canary'), { stage: 'canary' }, 'measuring-error'],
    [
      'one group',
      fair('tpr', { column: 'place', limit: 0.1 }),
      { minDenominator: 1e6 },
      'fewer-than-two-groups',
    ],
  ]
  it.each(cases)('%s', (_what, contract, changes, reason) => {
    const report = judge([contract], changes)
    expect(report.cells[0]).toMatchObject({ verdict: 'inconclusive', reason })
    expect(report.verdict).toBe('inconclusive')
    expect(report.cells[0]?.advice).not.toMatch(/undefined|NaN|could not be measured/)
  })

  it('a listed value without rows is undecided; rows without a value only watch', () => {
    const dictionary = placeNames(places)
    const codes = Int32Array.from({ length: 20_000 }, (_, row) => (row < 9 ? -1 : 0))
    const report = judge([recall.on('place')], withRows({ columns: { place: { codes, dictionary } } }))
    expect(cellAt(report, 'place=p3')).toMatchObject({ rows: 0, reason: 'no-positives', status: 'protected' })
    expect(cellAt(report, 'place=(missing)')).toMatchObject({ status: 'watched', rows: 9 })
  })
})

describe('refusals', () => {
  it('rows that chose do not judge', () => {
    expect(() => judge([recall], { choose: Int32Array.from([4, 5]) })).toThrow(
      expect.objectContaining({ code: 'JUDGED_ON_CHOSEN_ROWS' }),
    )
  })

  it('outputs of other rows are not compared', () => {
    const short = { scores: new Float64Array(3) }
    expect(() => judge([recall], { champion: short })).toThrow(
      expect.objectContaining({ code: 'MISSING_PAIRS' }),
    )
  })

  it('a slice that is not declared is named, with the nearest', () => {
    expect(() => judge([recall.on('plaice')])).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_SLICE', hint: expect.stringContaining('place') }),
    )
  })

  it('a first release is judged by what it is, and cannot be by comparison alone', () => {
    const first = { champion: null }
    expect(() => judge([recall], first)).toThrow(expect.objectContaining({ code: 'NO_CHAMPION' }))
    const report = judge([recall, atMost('fpr', 0.1)], first)
    expect(report).toMatchObject({ verdict: 'pass', summary: 'Passed: the one check holds.' })
    expect(report.cells.find(cell => cell.metric === 'recall')).toMatchObject({
      status: 'watched',
      reason: 'no-champion',
      advice: 'There is no champion yet to compare with. From the next release on this contract decides.',
    })
    expect(judge([recall.watched()], first).verdict).toBe('pass')
    const share = noWorse('fpr', { margin: relative(0.2, { floor: { rate: 0.01 } }) }).watched()
    expect(judge([share], first).cells[0]).toMatchObject({
      margin: null,
      claim: "false-positive rate may not rise by more than 20 % of the champion's",
    })
  })
})

describe('evidence', () => {
  it('of the bootstrap does not change when it is drawn again', () => {
    const contracts = [
      noWorse('roc_auc', { margin: 0.02 }),
      better('log_loss').watched(),
      atLeast('roc_auc', 0.6),
    ]
    const few = { judge: Int32Array.from({ length: 2000 }, (_, row) => row) }
    const report = judge(contracts, few)
    expect(report.verdict).toBe('pass')
    expect(judge(contracts, few)).toEqual(report)
    for (const { estimate, lower, upper } of report.cells) {
      expect(Number(lower)).toBeLessThan(Number(estimate))
      expect(Number(upper)).toBeGreaterThan(Number(estimate))
    }
  })

  it('of repeated customers counts for less', () => {
    const entities = {
      codes: Int32Array.from({ length: 20_000 }, (_, row) => row >> 3),
      dictionary: Array.from({ length: 2500 }, (_, code) => `c${code}`),
    }
    // Whole customers flip together.
    const actions = world.champion.actions?.map((each, row) => ((row >> 3) % 40 === 0 ? 1 - each : each))
    const challenger = { scores: world.challenger.scores, ...(actions ? { actions } : {}) }
    const contract = within('action_rate', { margin: 0.05 })
    const alone = judge([contract], { challenger }).cells[0]
    const together = judge([contract], { challenger, rows: { ...world.rows, entities } }).cells[0]
    expect(alone?.effective).toBe(20_000)
    expect(together?.effective).toBeLessThan(20_000)
    expect(Number(together?.upper)).toBeGreaterThan(Number(alone?.upper))
  })

  it('of explored rows is weighed, and too few that count decide nothing', () => {
    const weighted = (weight: (row: number) => number) => ({
      rows: { ...world.rows, weights: Float64Array.from({ length: 20_000 }, (_, row) => weight(row)) },
      judge: Int32Array.from({ length: 3000 }, (_, row) => row),
    })
    const even = judge(
      [recall],
      weighted(() => 4),
    ).cells[0]
    const plain = judge([recall], { judge: Int32Array.from({ length: 3000 }, (_, row) => row) }).cells[0]
    expect(even).toMatchObject({ verdict: 'pass', estimate: expect.closeTo(Number(plain?.estimate), 12) })
    expect(even?.effective).toBeCloseTo(plain?.effective ?? 0, 6)
    const uneven = judge(
      [recall],
      weighted(row => (row % 100 === 0 ? 100 : 1)),
    )
    expect(uneven.cells[0]).toMatchObject({ verdict: 'inconclusive', reason: 'too-uneven' })
  })

  it('of requests comes from two arms', () => {
    const arm = (failed: number) => ({ requests: 10_000, failed, slow: 0, degraded: 0 })
    const at = (failed: number) =>
      judge(
        [noWorse('error_rate', { margin: 0.005 }).at('canary'), atMost('error_rate', 0.02).at('canary')],
        {
          stage: 'canary',
          requests: { all: { challenger: arm(failed), champion: arm(50) } },
        },
      )
    expect(at(52)).toMatchObject({ verdict: 'pass', alpha: 0.025 })
    expect(at(400).verdict).toBe('fail')
  })

  it('of groups names who is worse off', () => {
    const report = judge([fair('tpr', { column: 'place', limit: 0.1 })], broken)
    expect(report.cells[0]?.advice).toContain('p7')
    expect(judge([fair('tpr', { column: 'place', limit: 0.3 })]).verdict).toBe('pass')
    const worse = contractRows({ seed: 'fair', rows: 20_000, places: 3, broken: { place: 1, misses: 0.6 } })
    expect(judge([fair('tpr', { column: 'place', limit: 0.1 })], { ...worse, slices: [] })).toMatchObject({
      verdict: 'fail',
      summary: expect.stringMatching(/^Refused: at all recall differs by 0\.\d+ between groups/),
    })
  })

  it('of contracts at other levels is read at each one’s own', () => {
    const strict = recall.named('strict').alpha(1e-9)
    const few = { judge: Int32Array.from({ length: 1500 }, (_, row) => row) }
    const report = judge([recall, strict], few)
    expect(report.cells.map(cell => [cell.contract, cell.verdict])).toEqual([
      ['strict', 'inconclusive'],
      ['recall_no_worse', 'pass'],
    ])
  })
})
