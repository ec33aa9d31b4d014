import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atLeast, atMost, noWorse, relative, within } from '../../src/definitions/contracts.ts'
import type { ContractData } from '../../src/definitions/index.ts'
import { type ContractsRequest, judgeContracts } from '../../src/evaluation/index.ts'
import {
  binomialP,
  randomFrom,
  rankScores,
  rateDesignEffect,
  rocAuc,
  unpairedP,
} from '../../src/kernel/statistics/index.ts'

interface Answer {
  readonly arm: 0 | 1
  readonly customer: number
  readonly label: 0 | 1
  readonly acted: 0 | 1
  readonly score: number
}

const contracts: readonly ContractData[] = [
  noWorse('fpr', { margin: 0.05 }),
  noWorse('recall', { margin: relative(0.2, { floor: { rate: 0.03 } }) }),
  noWorse('precision', { margin: 0.1 }),
  within('action_rate', { margin: 0.1 }),
  atMost('fpr', 0.4),
  atLeast('recall', 0.2),
].map(each => each.at('canary').data)

function judge(answers: readonly Answer[], over: Partial<ContractsRequest> = {}) {
  const customers = Array.from({ length: 1000 }, (_, customer) => String(customer))
  const outputs = {
    scores: Float64Array.from(answers, each => each.score),
    actions: Uint8Array.from(answers, each => each.acted),
  }
  return judgeContracts({
    rows: {
      task: 'binary',
      rows: answers.length,
      hash: 'sha256:0123456789abcdef',
      labels: Float64Array.from(answers, each => each.label),
      entities: { codes: Int32Array.from(answers, each => each.customer), dictionary: customers },
      columns: {},
    },
    champion: outputs,
    challenger: outputs,
    arms: Uint8Array.from(answers, each => each.arm),
    judge: Int32Array.from(answers.keys()),
    choose: new Int32Array(0),
    ...{ contracts, slices: [], stage: 'canary', basis: 'made' },
    ...over,
  })
}

/** Rows of a denominator and the event, one arm at a time. */
const rates = {
  action_rate: { counts: () => true, happens: (each: Answer) => each.acted },
  fpr: { counts: (each: Answer) => each.label === 0, happens: (each: Answer) => each.acted },
  recall: { counts: (each: Answer) => each.label === 1, happens: (each: Answer) => each.acted },
  precision: { counts: (each: Answer) => each.acted === 1, happens: (each: Answer) => each.label },
} as const

function naiveRate(answers: readonly Answer[], metric: keyof typeof rates) {
  const { counts, happens } = rates[metric]
  const own = answers.filter(counts)
  const customers = [...new Set(own.map(each => each.customer))].map(customer => {
    const rows = own.filter(each => each.customer === customer)
    return { n: rows.length, x: rows.filter(each => happens(each) === 1).length }
  })
  const x = own.filter(each => happens(each) === 1).length
  const deff = own.length === 0 ? 1 : rateDesignEffect(customers).deff
  return { rate: x / own.length, x: x / deff, n: own.length / deff, rows: own.length }
}

const answer = fc.record({
  arm: fc.constantFrom<0 | 1>(0, 1),
  customer: fc.nat(60),
  label: fc.constantFrom<0 | 1>(0, 1),
  acted: fc.constantFrom<0 | 1>(0, 1),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
})
const close = (got: unknown, wanted: number) => expect(Number(got)).toBeCloseTo(wanted, 9)

describe('contracts on two arms', () => {
  it('are those of the counts of each arm', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 300, size: 'max' }), answers => {
        const report = judge(answers)
        for (const cell of report.cells) {
          const metric = cell.metric as keyof typeof rates
          const [own, other] = [1, 0].map(arm =>
            naiveRate(
              answers.filter(each => each.arm === arm),
              metric,
            ),
          )
          if (own === undefined || other === undefined) throw new TypeError('two arms')
          if (own.rows === 0 || (cell.form !== 'atMost' && cell.form !== 'atLeast' && other.rows === 0)) {
            expect(cell.verdict).toBe('inconclusive')
            expect(cell.reason).not.toBeNull()
            continue
          }
          close(cell.challenger, own.rate)
          if (other.rows > 0) close(cell.champion, other.rate)
          if (cell.form === 'atMost') close(cell.pPass, binomialP(own, { limit: 0.4, side: 'atMost' }).pass)
          else if (cell.form === 'atLeast')
            close(cell.pPass, binomialP(own, { limit: 0.2, side: 'atLeast' }).pass)
          else if (cell.form === 'noWorse') {
            const margin = {
              fpr: 0.05,
              recall: Math.max(0.2 * other.rate, 0.03),
              precision: 0.1,
              action_rate: 0,
            }[metric]
            expect(cell.margin).toBeCloseTo(margin, 12)
            const [challenger, champion] = metric === 'fpr' ? [own, other] : [other, own]
            const { pass, fail } = unpairedP({ challenger, champion }, margin)
            close(cell.pPass, pass)
            close(cell.pFail, fail)
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  it('draw whole entities of both for what is no share', () => {
    const random = randomFrom('arms')
    const answers = Array.from({ length: 1500 }, (_, row): Answer => {
      const label = random.unit() < 0.3 ? 1 : 0
      const arm = row % 3 === 0 ? 1 : 0
      const score = Math.min(1, random.unit() * 0.6 + label * (arm === 1 ? 0.1 : 0.3))
      return { arm, customer: row % 500, label, acted: score > 0.5 ? 1 : 0, score }
    })
    const [cell] = judge(answers, {
      contracts: [noWorse('roc_auc', { margin: 0.05 }).at('canary').data],
    }).cells
    const auc = (arm: number): number => {
      const own = answers.filter(each => each.arm === arm)
      const ranked = rankScores({ labels: own.map(each => each.label), scores: own.map(each => each.score) })
      return Number(rocAuc(ranked))
    }
    expect(cell?.verdict).toBe('fail')
    close(cell?.champion, auc(0))
    close(cell?.challenger, auc(1))
    close(cell?.estimate, auc(0) - auc(1))
    expect(Number(cell?.lower)).toBeLessThan(auc(0) - auc(1))
    expect(Number(cell?.upper)).toBeGreaterThan(auc(0) - auc(1))
  })
})

describe('planned looks', () => {
  const answers = Array.from({ length: 1000 }, (_, row): Answer => {
    // Until row 500 the challenger is clean; after it, it acts on every negative.
    const arm = row % 2 === 0 ? 1 : 0
    return { arm, customer: row, label: 0, acted: row >= 500 && arm === 1 ? 1 : 0, score: 0.5 }
  })
  const rate = [atMost('fpr', 0.05).at('canary').looks(2).data]
  const at = (rows: number, first: number) =>
    judge(answers.slice(0, rows), { contracts: rate, planned: { [`${rate[0]?.name}|all`]: first } }).cells[0]

  it('are at the planned rows and at twice as many, whatever came since', () => {
    expect(at(400, 250)).toMatchObject({ verdict: 'inconclusive', reason: 'before-planned', needed: 50 })
    expect(at(500, 250)).toMatchObject({ verdict: 'pass', planned: 250 })
    expect(at(998, 250)).toMatchObject({ verdict: 'pass', challenger: 0 })
    expect(at(1000, 250)).toMatchObject({ verdict: 'fail', challenger: 0.5 })
  })

  it('decide nothing before, in no family either', () => {
    const report = judge(answers.slice(500), { contracts: rate, planned: { [`${rate[0]?.name}|all`]: 9000 } })
    expect(report).toMatchObject({ verdict: 'inconclusive', family: 0 })
    expect(report.cells[0]).toMatchObject({ challenger: 1, pFailHolm: null, needed: 9000 - 250 })
    expect(report.cells[0]?.advice).toContain('planned')
  })
})
