import { describe, expect, it } from 'vitest'
import { contractRows, placeNames } from '../../../test/support/contract-rows.ts'
import {
  atLeast,
  atMost,
  better,
  byColumn,
  type Contract,
  noWorse,
  relative,
  within,
} from '../../definitions/index.ts'
import { planAbsolute, planPaired } from '../../kernel/statistics/index.ts'
import { historyOf, mergeHistories } from './history.ts'
import { planContracts, refuseUndecidable } from './plan.ts'

const world = contractRows({ seed: 'plan', rows: 6000, places: 3 })
const perRow = (30 * 86_400e6) / 6000
const rows = { ...world.rows, times: Float64Array.from({ length: 6000 }, (_, row) => row * perRow) }
const slices = [byColumn('place', placeNames(3))]
const history = historyOf({ ...world, rows, slices })
const plan = (...contracts: readonly Contract[]) =>
  planContracts({ contracts: contracts.map(each => each.data), slices, history })
const all = history.find(cell => cell.name === 'all')

describe('history', () => {
  it('counts what a metric may be over, rates and disagreement', () => {
    const positives = rows.labels.filter(label => label === 1).length
    expect(all?.counts).toMatchObject({ rows: 6000, positives, negatives: 6000 - positives })
    expect(all?.days).toBeCloseTo(30, 1)
    expect(all?.rates.recall).toBeGreaterThan(0.5)
    expect(all?.disagreement.action_rate).toBeGreaterThan(0)
    expect(history.map(cell => cell.name)).toEqual(['all', 'place=p0', 'place=p1', 'place=p2'])
  })

  it('takes the largest disagreement of the last pairs', () => {
    const calm = historyOf({
      rows,
      champion: world.champion,
      challenger: world.champion,
      judge: world.judge,
      slices,
    })
    expect(mergeHistories([calm, history]).find(cell => cell.name === 'all')).toMatchObject({
      disagreement: all?.disagreement,
    })
    expect(mergeHistories([])).toEqual([])
  })
})

describe('rows that a contract needs', () => {
  it('are those of the score test at the power that the cells share', () => {
    const [cell] = plan(noWorse('recall', { margin: 0.05 }).on('place'))
    const place = history.find(each => each.name === 'place=p0')
    const { n } = planPaired({
      disagreement: place?.disagreement.recall ?? 0,
      margin: 0.05,
      alpha: 0.05,
      beta: 0.2 / 3,
      deff: 1,
    })
    expect(cell).toMatchObject({ slice: 'place=p0', needed: n, status: 'protected' })
    expect(cell?.expected).toBe(place?.counts.positives)
  })

  it('are expected of all rows that are held out, and of the window of live traffic', () => {
    const positives = all?.counts.positives ?? 0
    const [offline, live] = plan(
      noWorse('recall', { margin: 0.05 }).window('7d'),
      noWorse('recall', { margin: 0.05 }).at('shadow').window('7d').named('live'),
    )
    expect([offline?.expected, offline?.basis]).toEqual([positives, 'seen'])
    expect(live?.expected).toBe(Math.floor((positives / (all?.days ?? 1)) * 7))
  })

  it('are twice as many where a second look is allowed', () => {
    const once = plan(noWorse('recall', { margin: 0.05 }).at('shadow').looks(1))[0]?.needed ?? 0
    const { n } = planPaired({
      disagreement: all?.disagreement.recall ?? 0,
      margin: 0.05,
      alpha: 0.025,
      beta: 0.2,
    })
    expect(plan(noWorse('recall', { margin: 0.05 }).at('shadow'))[0]?.needed).toBe(2 * Number(n))
    expect(once).toBeLessThan(2 * Number(n))
  })

  it('are exact for a rate, at the champion’s', () => {
    const n = planAbsolute({ limit: 0.1, assumed: all?.rates.fpr ?? 0, alpha: 0.05, beta: 0.2 })
    expect(plan(atMost('fpr', 0.1))[0]).toMatchObject({ needed: n, decidable: true, offers: [] })
  })

  it('come from what is declared where there is no history, and nothing is refused', () => {
    const contracts = [
      noWorse('recall', { margin: 0.05 }).on('place'),
      noWorse('fpr', { margin: 0.05 }).assuming({ disagreement: 0.02 }),
      within('action_rate', { margin: relative(0.2, { floor: { rate: 0.01 } }) }),
    ].map(each => each.data)
    const planned = planContracts({ contracts, slices, history: null })
    expect(planned.map(cell => [cell.slice, cell.needed, cell.expected, cell.decidable])).toEqual([
      ['place=p0', null, null, null],
      ['place=p1', null, null, null],
      ['place=p2', null, null, null],
      ['all', expect.any(Number), null, null],
      ['all', null, null, null],
    ])
    expect(() => refuseUndecidable(planned)).not.toThrow()
  })

  it('are unknown for a gain that is not declared, and for a claim that the champion breaks', () => {
    const [gain, broken] = plan(better('recall'), atLeast('recall', 0.99))
    expect(gain).toMatchObject({
      needed: null,
      decidable: null,
      offers: [expect.stringContaining('.assuming')],
    })
    expect(broken).toMatchObject({
      needed: null,
      decidable: null,
      offers: [expect.stringContaining('already breaks')],
    })
    expect(plan(better('recall').assuming({ harm: -0.1 }))[0]?.needed).toBeGreaterThan(0)
  })
})

describe('before there is a model', () => {
  const counted = historyOf({ rows, champion: null, judge: world.judge, slices })
  const counting = (...contracts: readonly Contract[]) =>
    planContracts({ contracts: contracts.map(each => each.data), slices, history: counted })

  it('rows are counted, and nothing is said of what would be acted on', () => {
    const whole = counted.find(cell => cell.name === 'all')
    expect(whole?.counts.positives).toBe(all?.counts.positives)
    expect(whole?.counts).not.toHaveProperty('acted')
    expect(whole).toMatchObject({ rates: {}, disagreement: {}, deff: 1 })
  })

  it('is refused only what not even two equal models could prove', () => {
    const [little, enough] = counting(
      noWorse('recall', { margin: 0.001 }),
      noWorse('recall', { margin: 0.05 }).named('wide'),
    )
    const { n } = planPaired({ disagreement: 0, margin: 0.001, alpha: 0.05, beta: 0.1 })
    expect(little).toMatchObject({ needed: n, basis: 'least', decidable: false })
    expect(little?.offers.join()).toMatch(/hold out \d+ days of rows,a margin of [\d.]+,watch it/)
    expect(enough).toMatchObject({ basis: 'least', decidable: null, offers: [] })
    expect(counting(atMost('fpr', 0.0001))[0]).toMatchObject({ basis: 'least', decidable: false })
    expect(plan(noWorse('recall', { margin: 0.001 }))[0]?.needed).toBeGreaterThan(Number(n))
  })

  it('takes what is declared', () => {
    const assumed = noWorse('recall', { margin: 0.05 }).assuming({ disagreement: 0.1 })
    expect(counting(assumed)[0]).toMatchObject({ basis: 'declared', decidable: true })
    const rated = noWorse('recall', { margin: 0.05 }).assuming({ rate: 0.6 })
    expect(counting(rated)[0]).toMatchObject({
      basis: 'independent',
      needed: planPaired({ disagreement: 0.48, margin: 0.05, alpha: 0.05, beta: 0.2 }).n,
    })
    const relativeTo = noWorse('recall', { margin: relative(0.2, { floor: { rate: 0.001 } }) })
    expect(counting(relativeTo)[0]).toMatchObject({ needed: null, decidable: null })
  })
})

describe('cells and trials', () => {
  it('plans a value that is listed anew beside those that were seen', () => {
    const listed = [byColumn('place', ['p0', 'elsewhere'])]
    const planned = planContracts({
      contracts: [noWorse('recall', { margin: 0.05 }).on('place').data],
      slices: listed,
      history: history.filter(cell => cell.name !== 'place=p1' && cell.name !== 'place=p2'),
    })
    expect(planned.map(cell => [cell.slice, cell.expected === null])).toEqual([
      ['place=p0', false],
      ['place=elsewhere', true],
    ])
  })

  it('protects from the release after the last that is observed', () => {
    const contracts = [noWorse('recall', { margin: 0.05 }).named('new').dryRun(3).data]
    const status = (seen: number) =>
      planContracts({ contracts, slices, history, observed: { new: seen } })[0]?.status
    expect([0, 2, 3].map(status)).toEqual(['dry-run', 'dry-run', 'protected'])
  })
})

describe('a protected cell that can never be decided', () => {
  const strict = noWorse('recall', { margin: 0.012 }).on('place').at('shadow').looks(1)

  it('is refused with offers, each of which suffices', () => {
    const planned = plan(strict)
    expect(() => refuseUndecidable(planned)).toThrow(
      expect.objectContaining({ code: 'SLICE_TOO_SMALL', hint: expect.stringContaining('watch it') }),
    )
    const [first] = planned
    const days = Number(/window\('(\d+)d'\)/.exec(first?.offers.join() ?? '')?.[1])
    const margin = Number(/a margin of ([\d.]+)/.exec(first?.offers.join() ?? '')?.[1])
    expect(plan(strict.window(`${days}d`))[0]?.decidable).toBe(true)
    expect(plan(strict.window(`${days - 1}d`))[0]?.decidable).toBe(false)
    const at = (bound: number) =>
      plan(noWorse('recall', { margin: bound }).on('place').at('shadow').looks(1))[0]?.decidable
    expect(at(margin)).toBe(true)
    expect(at(margin * 0.97)).toBe(false)
  })

  it('is offered to say how often releases differ, where that was never seen', () => {
    const first = historyOf({ rows, champion: world.champion, judge: world.judge, slices })
    const contracts = [noWorse('recall', { margin: 0.03 }).on('place').data]
    const [cell] = planContracts({ contracts, slices, history: first })
    expect(cell).toMatchObject({ basis: 'independent', decidable: false })
    expect(cell?.offers.join()).toContain('.assuming({ disagreement: 0.05 })')
    const assumed = [noWorse('recall', { margin: 0.03 }).on('place').assuming({ disagreement: 0.01 }).data]
    expect(planContracts({ contracts: assumed, slices, history: first })[0]?.decidable).toBe(true)
  })

  it('is not offered a margin where any needs more rows', () => {
    const few = history.map(cell => ({ ...cell, counts: { ...cell.counts, positives: 20 } }))
    const contracts = [noWorse('recall', { margin: 0.05 }).on('place').data]
    const offers = planContracts({ contracts, slices, history: few })[0]?.offers.join()
    expect(offers).toContain('hold out')
    expect(offers).not.toContain('margin')
  })

  it('may be watched, and is offered its parent where that suffices', () => {
    expect(() => refuseUndecidable(plan(strict.watched()))).not.toThrow()
    const offers = plan(noWorse('recall', { margin: 0.02 }).on('place'))[0]?.offers
    expect(offers?.[0]).toMatch(/^put it on all, which yields [\d ]+ rows$/)
  })

  it('has a limit that suffices, on either side', () => {
    const [low, high] = [
      plan(atMost('fpr', 0.055).on('place'))[0],
      plan(atLeast('recall', 0.57).on('place'))[0],
    ]
    const limitOf = (offers: readonly string[] = []) => Number(/a limit of ([\d.]+)/.exec(offers.join())?.[1])
    expect(plan(atMost('fpr', limitOf(low?.offers)).on('place'))[0]?.decidable).toBe(true)
    expect(plan(atLeast('recall', limitOf(high?.offers)).on('place'))[0]?.decidable).toBe(true)
  })
})
