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
    expect(cell?.expected).toBe(Math.floor(((place?.counts.positives ?? 0) / (place?.days ?? 1)) * 28))
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

describe('a protected cell that can never be decided', () => {
  const strict = noWorse('recall', { margin: 0.012 }).on('place')

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
    expect(plan(noWorse('recall', { margin }).on('place'))[0]?.decidable).toBe(true)
    expect(plan(noWorse('recall', { margin: margin * 0.97 }).on('place'))[0]?.decidable).toBe(false)
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
