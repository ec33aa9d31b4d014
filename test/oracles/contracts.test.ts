import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  atLeast,
  atMost,
  better,
  byColumn,
  type ContractData,
  noWorse,
  relative,
  within,
} from '../../src/definitions/index.ts'
import { judgeContracts } from '../../src/evaluation/index.ts'
import { isDefined, type Quantity } from '../../src/kernel/statistics/index.ts'
import { type Decision, naiveVerdicts } from './naive-contracts.ts'

const contracts: readonly ContractData[] = [
  noWorse('recall', { margin: 0.05 }).on('place', 'all'),
  noWorse('fpr', { margin: relative(0.3, { floor: { events: 2 } }) }).on('place'),
  noWorse('fpr', { margin: relative(0.2, { floor: { rate: 0.02 } }) }).named('fpr_by_rate'),
  within('action_rate', { margin: 0.1 }).on('place').alpha(0.1),
  better('recall', { by: 0.01 }).watched(),
  better('recall').named('any_gain'),
  atMost('fpr', 0.4).on('place'),
  atLeast('recall', 0.2),
  atLeast('precision', 0.3).on('place').watched(),
].map(each => each.data)

const decision = fc.record({
  customer: fc.nat(60).map(String),
  place: fc.constantFrom('a', 'a', 'a', 'b', 'b', 'c', null),
  label: fc.constantFrom<0 | 1>(0, 1),
  champion: fc.constantFrom<0 | 1>(0, 1),
  /** How the challenger differs: mostly not. */
  turn: fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
})
const decisions = fc.array(decision, { minLength: 1, maxLength: 400, size: 'max' }).map(all =>
  all.map(
    ({ turn, ...each }): Decision => ({
      ...each,
      challenger: turn === 1 ? ((1 - each.champion) as 0 | 1) : each.champion,
    }),
  ),
)

function judge(all: readonly Decision[]) {
  const customers = [...new Set(all.map(each => each.customer))]
  const places = ['a', 'b', 'c']
  const scores = new Float64Array(all.length)
  return judgeContracts({
    rows: {
      task: 'binary',
      rows: all.length,
      hash: 'sha256:0123456789abcdef',
      labels: Float64Array.from(all, each => each.label ?? Number.NaN),
      entities: {
        codes: Int32Array.from(all, each => customers.indexOf(each.customer)),
        dictionary: customers,
      },
      columns: {
        place: { codes: Int32Array.from(all, each => places.indexOf(each.place ?? '')), dictionary: places },
      },
    },
    champion: { scores, actions: Uint8Array.from(all, each => each.champion) },
    challenger: { scores, actions: Uint8Array.from(all, each => each.challenger) },
    judge: Int32Array.from(all, (_, row) => row),
    choose: new Int32Array(0),
    contracts,
    slices: [byColumn('place', places)],
    stage: 'offline',
    basis: '',
  })
}

const number = (quantity: Quantity): number | null => (isDefined(quantity) ? quantity : null)

it('verdicts equal those of walking over the rows for every number', () => {
  fc.assert(
    fc.property(decisions, all => {
      const report = judge(all)
      const naive = naiveVerdicts(all, contracts)
      expect(report.verdict).toBe(naive.release)
      const found = new Map(report.cells.map(cell => [`${cell.contract} ${cell.slice}`, cell]))
      expect(found.size).toBe(naive.cells.length)
      for (const cell of naive.cells) {
        const own = found.get(cell.cell)
        expect(own?.verdict, cell.cell).toBe(cell.verdict)
        if (own === undefined || cell.pass === null || cell.fail === null) continue
        expect(number(own.pPass)).toBeCloseTo(cell.pass, 10)
        expect(number(own.pFail)).toBeCloseTo(cell.fail, 10)
        expect(number(own.lower)).toBeCloseTo(cell.lower ?? 0, 8)
        expect(number(own.upper)).toBeCloseTo(cell.upper ?? 0, 8)
        if (own.reason === null && cell.holm !== null) expect(own.pFailHolm).toBeCloseTo(cell.holm, 10)
      }
    }),
    { numRuns: 150 },
  )
})
