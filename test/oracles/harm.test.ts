import fc from 'fast-check'
import { expect, it } from 'vitest'
import { noWorse } from '../../src/definitions/contracts.ts'
import { harmCells } from '../../src/deployments/evidence/harm.ts'
import type { HarmCell } from '../../src/deployments/evidence/model.ts'
import { judgeContracts, type ResolvedSlice } from '../../src/evaluation/index.ts'
import { isDefined, pairedDesignEffect, rateDesignEffect } from '../../src/kernel/statistics/index.ts'

interface Row {
  readonly customer: number
  readonly arm: 0 | 1
  readonly label: 0 | 1
  readonly champion: 0 | 1
  readonly challenger: 0 | 1
}

const row = fc.record({
  customer: fc.nat(150),
  arm: fc.constantFrom<0 | 1>(0, 1),
  label: fc.constantFrom<0 | 1>(0, 1),
  champion: fc.constantFrom<0 | 1>(0, 0, 0, 1),
  challenger: fc.constantFrom<0 | 1>(0, 1, 1, 1),
})

const contracts = (['fpr', 'recall'] as const).map(
  metric =>
    noWorse(metric, { margin: metric === 'fpr' ? 0.02 : 0 })
      .on('all', 'first')
      .at('shadow').data,
)

function look(rows: readonly Row[], isPaired: boolean, before: readonly HarmCell[]) {
  const actions = (of: (each: Row) => number) => ({
    scores: new Float64Array(rows.length),
    actions: Uint8Array.from(rows, of),
  })
  const answered = actions(each => (each.arm === 1 ? each.challenger : each.champion))
  const view = {
    rows: {
      task: 'binary' as const,
      rows: rows.length,
      hash: 'sha256:0123456789abcdef',
      labels: Float64Array.from(rows, each => each.label),
      entities: {
        codes: Int32Array.from(rows, each => each.customer),
        dictionary: Array.from({ length: 151 }, String),
      },
      columns: {},
    },
    champion: isPaired ? actions(each => each.champion) : answered,
    challenger: isPaired ? actions(each => each.challenger) : answered,
    arms: Uint8Array.from(rows, each => each.arm),
  }
  const all = Int32Array.from(rows.keys())
  const cells: readonly ResolvedSlice[] = [
    { name: 'all', slice: 'all', value: null, rows: all },
    { name: 'first', slice: 'first', value: null, rows: all.filter(each => each % 2 === 0) },
  ]
  const request = { contracts, cells, slices: [], judge: all, choose: new Int32Array(0) }
  const { cells: judged } = judgeContracts({
    ...view,
    ...request,
    arms: undefined,
    stage: 'shadow',
    basis: '',
  } as never)
  const costs = { falsePositive: 0, falseNegative: 0 }
  return harmCells({ ...view, judged, contracts, cells, costs, isPaired, history: null, before })
}

/** Harm of each row, one at a time. */
function naive(rows: readonly Row[], cell: HarmCell, isPaired: boolean) {
  const wanted = cell.metric === 'fpr' ? 0 : 1
  const sign = cell.metric === 'fpr' ? 1 : -1
  const own = rows.filter((each, at) => each.label === wanted && (cell.slice === 'all' || at % 2 === 0))
  const customersOf = (of: readonly Row[]) =>
    [...new Set(of.map(each => each.customer))].map(customer => of.filter(each => each.customer === customer))
  const smooth = (variance: number, n: number) => (variance * n + 0.5) / (n + 1)
  if (isPaired) {
    const count = (of: readonly Row[]) => ({
      n: of.length,
      b: of.filter(each => each.challenger > each.champion).length,
      c: of.filter(each => each.challenger < each.champion).length,
    })
    const spread = (of: readonly Row[]) => {
      const { n, b, c } = count(of)
      const { deff } = pairedDesignEffect(customersOf(of).map(count))
      return { variance: smooth((b + c) / n - ((b - c) / n) ** 2, n), deff }
    }
    const { n, b, c } = count(own)
    const [fixed, now] = [own.length < 200 ? null : spread(own.slice(0, 200)), spread(own)]
    const variance = (Math.max(fixed?.variance ?? 0, now.variance) * Math.max(fixed?.deff ?? 1, now.deff)) / n
    return { n, estimate: (sign * (b - c)) / n, variance, events: b + c, fixed: fixed !== null }
  }
  const armOf = (arm: 0 | 1) => own.filter(each => each.arm === arm)
  const acted = (each: Row) => (each.arm === 1 ? each.challenger : each.champion)
  const count = (of: readonly Row[]) => ({ n: of.length, x: of.filter(each => acted(each) === 1).length })
  const spread = (of: readonly Row[]) => {
    const { n, x } = count(of)
    const { deff } = rateDesignEffect(customersOf(of).map(count))
    return { variance: smooth((x / n) * (1 - x / n), n), deff }
  }
  const fixed = armOf(0).length < 200 ? null : spread(armOf(0).slice(0, 200))
  const part = (arm: 0 | 1) => {
    const now = spread(armOf(arm))
    const variance = Math.max(fixed?.variance ?? 0, now.variance) * Math.max(fixed?.deff ?? 1, now.deff)
    return variance / armOf(arm).length
  }
  const [one, other] = [count(armOf(1)), count(armOf(0))]
  return {
    n: one.n,
    estimate: sign * (one.x / one.n - other.x / other.n),
    variance: part(0) + part(1),
    events: one.x + (other.x * one.n) / other.n,
    fixed: fixed !== null,
  }
}

it('equals the formulas read off the rows, for pairs and for two arms', () => {
  const tau: Readonly<Record<string, number>> = { fpr: 0.02, recall: 0.005 }
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 400, maxLength: 1600, size: 'max' }),
      fc.boolean(),
      (rows, isPaired) => {
        const found = look(rows, isPaired, [])
        const ps = found.map(cell => {
          const { n, estimate, variance, events, fixed } = naive(rows, cell, isPaired)
          expect(cell.n).toBe(n)
          expect(cell.estimate).toBeCloseTo(estimate, 12)
          if (!fixed) {
            expect(cell.p).toEqual({ undefined: 'not-frozen-yet' })
            expect(cell.pHolm).toBeNull()
            return null
          }
          const mixing = tau[cell.metric] ?? 0
          const margin = cell.margin ?? Number.NaN
          const [x, mixed] = [estimate - margin, variance + mixing ** 2]
          const log = 0.5 * Math.log(variance / mixed) + (mixing ** 2 * x ** 2) / (2 * variance * mixed)
          expect(cell.logLambda).toBeCloseTo(log, 8)
          const p = events >= 25 && x > 0 ? Math.min(1, Math.exp(-log)) : 1
          expect(cell.p).toBeCloseTo(p, 8)
          return p
        })
        const measured = ps.filter(p => p !== null).sort((a, b) => a - b)
        const rejected = measured.findIndex((p, rank) => p * (measured.length - rank) > 0.05)
        const harmed = rejected < 0 ? measured.length : rejected
        expect(found.filter(cell => cell.harmed)).toHaveLength(harmed)
      },
    ),
    { numRuns: 30 },
  )
})

it('keeps the least p and what was fixed, whatever comes later', () => {
  const bad = Array.from(
    { length: 6000 },
    (_, at): Row => ({
      ...{ customer: at % 151, arm: at % 5 < 2 ? 1 : 0, label: at % 3 === 0 ? 1 : 0 },
      ...{ champion: 0, challenger: at % 7 < 3 ? 1 : 0 },
    }),
  )
  const good = bad.map((each): Row => ({ ...each, challenger: 0 }))
  for (const isPaired of [true, false]) {
    const first = look(bad, isPaired, [])
    const later = look([...bad, ...good, ...good], isPaired, first)
    for (const [at, cell] of later.entries()) {
      expect(Number(cell.p)).toBeLessThanOrEqual(Number(first[at]?.p))
      expect(cell.frozen).toEqual(first[at]?.frozen)
      expect(isDefined(cell.p)).toBe(true)
    }
    expect(first.some(cell => cell.harmed)).toBe(true)
  }
})
